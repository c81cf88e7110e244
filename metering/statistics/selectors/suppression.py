"""
What the public is not told: cells that would tell of single firms.

A cell with fewer than three providers is withheld. Where exactly one cell of a period and unit is,
the next smallest goes with it: else the sum of all, less the others, would be the one withheld.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from metering.statistics.contracts import PROVIDERS_MIN, StatisticsCell

_NOTHING: Final[dict[str, Any]] = dict.fromkeys(
    (
        "quantity",
        "native_hours",
        "standard_hours",
        "it_kwh",
        "capacity_hours",
        "records",
        "unknown_energy",
        "providers",
    )
)


def suppressed(cells: Sequence[StatisticsCell]) -> list[StatisticsCell]:
    """Return cells as the public may read them."""
    by_period: dict[Any, list[StatisticsCell]] = defaultdict(list)
    for cell in cells:
        by_period[(cell.starts_at, cell.unit)].append(cell)
    withheld: set[tuple[Any, str, str]] = set()
    for its in by_period.values():
        small = [cell for cell in its if (cell.providers or 0) < PROVIDERS_MIN]
        if len(small) == 1 and len(its) > 1:
            others = [cell for cell in its if cell is not small[0]]
            small.append(min(others, key=lambda cell: (cell.providers or 0, cell.group)))
        withheld.update((cell.starts_at, cell.group, cell.unit) for cell in small)
    return [
        replace(cell, is_suppressed=True, **_NOTHING)
        if (cell.starts_at, cell.group, cell.unit) in withheld
        else cell
        for cell in cells
    ]
