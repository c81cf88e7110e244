"""Columns of electricity and carbon beside usage, charges and trades, read for a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.money import EXACT
from marketplace.portal.tables import ListColumn, Phone, Shows
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.selectors import ChargedEnergy
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import EnergyBasis
from metering.energy.selectors import EmissionTotal


def charge_lines(rows: Sequence[Any]) -> Sequence[Any]:
    """Return charges with what the usage behind each of them cost."""
    return _bearing(rows, settlement_selectors.energy_of_charges)


def trade_lines(rows: Sequence[Any]) -> Sequence[Any]:
    """Return trade records with what each trade cost so far."""
    return _bearing(rows, settlement_selectors.emission_of_trades)


def usage_lines(rows: Sequence[Any]) -> Sequence[Any]:
    """Return usage records with what each of them cost."""
    return _bearing(rows, _of_usage)


def _bearing(
    rows: Sequence[Any], read: Callable[[Sequence[Any]], Mapping[UUID, Any]]
) -> Sequence[Any]:
    found = read(rows) if rows else {}
    for row in rows:
        row.cost = found.get(row.pk)
    return rows


def _of_usage(rows: Sequence[Any]) -> Mapping[UUID, ChargedEnergy]:
    ids = [row.pk for row in rows]
    with tenancy.acting_as_platform():
        told = energy_selectors.energy_of(ids)
        over = metering_selectors.superseded_among(ids)
    return {
        row.pk: ChargedEnergy(
            None if row.pk in over else told.get(row.pk), row.pk in over, row.standard_hours
        )
        for row in rows
    }


def _kwh(row: Any) -> Decimal | None:
    cost = row.cost
    if isinstance(cost, EmissionTotal):
        return cost.it_kwh
    return cost.told.emission.it_kwh if cost and cost.told else None


def _carbon(row: Any) -> Decimal | None:
    cost = row.cost
    if isinstance(cost, EmissionTotal):
        grams = cost.location_g
    else:
        grams = cost.told.emission.location_g if cost and cost.told else None
    return None if grams is None else grams.scaleb(-3, context=EXACT)


def _basis(row: Any) -> str:
    """Return how the electricity is known, in a word."""
    cost = row.cost
    if cost is None:
        return ""
    if isinstance(cost, EmissionTotal):
        return str(EnergyBasis(cost.basis).label)
    if cost.is_superseded:
        return _now("a later revision counts")
    if cost.told is None:
        return _now("not counted yet")
    return str(EnergyBasis(cost.told.emission.basis).label)


COLUMNS: Final = (
    ListColumn(
        "it_kwh", _("IT electricity (kWh)"), Shows.QUANTITY, value=_kwh, below=_basis,
        phone=Phone.HIDDEN, total=True,
    ),
    ListColumn(
        "energy_basis", _("Electricity known by"), value=_basis, is_on=False, phone=Phone.HIDDEN,
    ),
    ListColumn(
        "co2_kg", _("Carbon by the grid (kg CO₂)"), Shows.QUANTITY, value=_carbon,
        phone=Phone.HIDDEN, is_on=False, total=True,
    ),
)  # fmt: skip
