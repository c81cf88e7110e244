"""Compute capacity in P (10¹⁵ operations a second), by region and owner, in one precision."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.db import connection

from common.money import EXACT
from metering.contracts import ComputePath, Density, Precision
from metering.statistics.contracts import PROVIDERS_MIN, Dimension, PowerCell
from metering.statistics.published import chip_figures
from metering.statistics.selectors.groups import EXPRESSIONS

_RESOURCES: Final = """
    SELECT {group}, {chip}, c.provider_id, sum(c.total_milli)
    FROM identity_computeresource c
    WHERE c.status <> 'WITHDRAWN' AND c.capacity_unit = 'card'
    GROUP BY 1, 2, 3
"""
_PETA: Final = Decimal(1000)  # TFLOPS of a P


@dataclass(slots=True)
class _Sum:
    petaflops: Decimal = Decimal(0)
    units: Decimal = Decimal(0)
    unknown: Decimal = Decimal(0)
    providers: set[object] = field(default_factory=set)


def capacity_by(
    by: Dimension,
    *,
    precision: Precision,
    density: Density = Density.DENSE,
    path: ComputePath = ComputePath.TENSOR,
    is_public: bool,
) -> list[PowerCell]:
    """
    Return the nameplate capacity of registered accelerators, the largest first.

    Figures of unlike precision, density or path are never added: one is asked for. Cards of chips
    without an agreed figure are counted beside. The public is not told of groups of fewer than
    three providers.
    """
    sums: dict[str, _Sum] = defaultdict(_Sum)
    statement = _RESOURCES.format(group=EXPRESSIONS[by], chip=EXPRESSIONS[Dimension.CHIP])
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    for group, chip, provider_id, milli in rows:
        cards, its = Decimal(milli) / 1000, sums[group]
        its.providers.add(provider_id)
        tflops = chip_figures().get(chip, {}).get((precision, density, path))
        if tflops is None:
            its.unknown += cards
            continue
        its.units += cards
        its.petaflops += EXACT.divide(EXACT.multiply(cards, tflops), _PETA)
    found = [
        PowerCell(
            group=group,
            precision=precision,
            density=density,
            path=path,
            petaflops=its.petaflops if its.units else None,
            units=its.units,
            unknown_units=its.unknown,
        )
        for group, its in sums.items()
    ]
    if is_public:
        found = _withheld(found, {group: len(its.providers) for group, its in sums.items()})
    return sorted(found, key=lambda cell: (-(cell.petaflops or 0), cell.group))


def _withheld(found: list[PowerCell], providers: dict[str, int]) -> list[PowerCell]:
    small = {group for group, count in providers.items() if count < PROVIDERS_MIN}
    others = sorted(providers.keys() - small, key=lambda group: (providers[group], group))
    if len(small) == 1 and others:
        small.add(others[0])
    return [
        PowerCell(cell.group, cell.precision, cell.density, cell.path, None, Decimal(0),
                  Decimal(0), is_suppressed=True)
        if cell.group in small
        else cell
        for cell in found
    ]  # fmt: skip
