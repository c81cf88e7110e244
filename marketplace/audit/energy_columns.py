"""
What usage, charges and trades cost in electricity and carbon, beside the records in an export.

These are figures of the moment: a PUE or a factor that is published later changes them, and a
record's hash does not cover them. Rows add up: of what was revised only what counts has figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from common import tenancy
from common.money import EXACT
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import quantity_text
from marketplace.audit.contracts import ExportKind
from marketplace.settlement import selectors as settlement_selectors
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import EnergyBasis, UsageEmission
from metering.energy.selectors import EmissionTotal, per_standard_hour

SUPERSEDED: Final = "SUPERSEDED"
UNCOUNTED: Final = "NOT_COUNTED"
PLACES: Final = Decimal("0.000000000001")


def _derived(name: str, kind: ColumnType = ColumnType.QUANTITY, *, total: bool = False) -> Column:
    return Column(name, kind, total, derived=True)


_HOURS: Final = (_derived("it_kwh_per_standard_hour"), _derived("co2_kg_per_standard_hour"))
RECORD_COLUMNS: Final = (
    _derived("energy_basis", ColumnType.TEXT),
    _derived("it_kwh", total=True),
    _derived("pue"),
    _derived("facility_kwh", total=True),
    _derived("grid_factor"),
    _derived("grid_factor_year", ColumnType.INTEGER),
    _derived("co2_kg", total=True),
    _derived("co2_kg_after_green", total=True),
    *_HOURS,
)
TRADE_COLUMNS: Final = (
    _derived("energy_basis", ColumnType.TEXT),
    _derived("it_kwh_measured", total=True),
    _derived("it_kwh_estimated", total=True),
    _derived("records_unknown", ColumnType.INTEGER, total=True),
    _derived("facility_kwh", total=True),
    _derived("co2_kg", total=True),
    _derived("co2_kg_after_green", total=True),
    *_HOURS,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Further columns of a kind of export, and how their texts are read for many rows."""

    columns: tuple[Column, ...]
    texts: Callable[[Sequence[Any]], list[list[str]]]


def _figure(value: Decimal | None) -> str:
    """Return a figure in plain digits, rounded half up to twelve places."""
    if value is None:
        return ""
    return quantity_text(value.quantize(PLACES, rounding=ROUND_HALF_UP, context=EXACT))


def _kg(grams: Decimal | None) -> Decimal | None:
    return None if grams is None else grams.scaleb(-3, context=EXACT)


def _record(told: UsageEmission | None, hours: Decimal | None, *, is_over: bool) -> list[str]:
    if is_over or told is None:
        return [SUPERSEDED if is_over else UNCOUNTED, *[""] * (len(RECORD_COLUMNS) - 1)]
    found = told.emission
    return [
        str(EnergyBasis(found.basis)),
        _figure(found.it_kwh),
        _figure(found.pue.value),
        _figure(found.facility_kwh),
        _figure(found.factor.value if found.factor else None),
        str(found.factor.year) if found.factor else "",
        _figure(_kg(found.location_g)),
        _figure(_kg(found.market_g)),
        _figure(per_standard_hour(found.it_kwh, hours)),
        _figure(_kg(per_standard_hour(found.location_g, hours))),
    ]


def _of_usage(records: Sequence[Any]) -> list[list[str]]:
    ids = [record.pk for record in records]
    with tenancy.acting_as_platform():
        told = energy_selectors.energy_of(ids)
        over = metering_selectors.superseded_among(ids)
    return [
        _record(told.get(each.pk), each.standard_hours, is_over=each.pk in over) for each in records
    ]


def _of_charges(charges: Sequence[Any]) -> list[list[str]]:
    found = settlement_selectors.energy_of_charges(charges)
    return [
        _record(each.told, each.standard_hours, is_over=each.is_superseded)
        for each in (found[charge.pk] for charge in charges)
    ]


def _of_trades(records: Sequence[Any]) -> list[list[str]]:
    found = settlement_selectors.emission_of_trades(records)
    return [_trade(found.get(record.pk)) for record in records]


def _trade(total: EmissionTotal | None) -> list[str]:
    if total is None:
        return [""] * len(TRADE_COLUMNS)
    known = total.known
    return [
        str(total.basis),
        _figure(known.measured),
        _figure(known.estimated),
        str(total.unknown),
        _figure(total.facility_kwh),
        _figure(_kg(total.location_g)),
        _figure(_kg(total.market_g)),
        _figure(total.kwh_per_hour),
        _figure(_kg(total.g_per_hour)),
    ]


BESIDE: Final[Mapping[ExportKind, Beside]] = {
    ExportKind.USAGE: Beside(RECORD_COLUMNS, _of_usage),
    ExportKind.CHARGES: Beside(RECORD_COLUMNS, _of_charges),
    ExportKind.TRADES: Beside(TRADE_COLUMNS, _of_trades),
}
