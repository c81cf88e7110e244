"""Everything that turns IT electricity into carbon, read at once for many resources."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from identity import selectors as identity_selectors
from metering.energy.contracts import (
    PUE_MONTHS_MAX,
    Emission,
    EnergyBasis,
    GridFactorFacts,
    MonthPue,
    PueBasis,
    PueFacts,
)
from metering.energy.models import CentrePue, CentreResource
from metering.energy.selectors.factors import (
    FactorsByPlace,
    factor_in_force,
    factors_by_place,
    rest_factor,
)


@dataclass(frozen=True, slots=True)
class EmissionBook:
    """Where resources stand, the PUE of centres by month, and the factors of grids."""

    resources: Mapping[UUID, Any]
    places: Mapping[UUID, list[tuple[date, UUID, str]]]  # the latest first
    pues: Mapping[tuple[UUID, date], tuple[Decimal, int]]
    factors: FactorsByPlace

    def centre_at(self, resource_id: UUID, month: date) -> UUID | None:
        """Return the data centre in which a resource stands in a month."""
        return next((it[1] for it in self.places.get(resource_id, []) if it[0] <= month), None)

    def pue_of(self, resource_id: UUID, month: date) -> PueFacts:
        """Return the PUE of a resource's place in a month, and where it comes from."""
        centre = self.centre_at(resource_id, month)
        entered = None if centre is None else self.pues.get((centre, month))
        if entered is not None:
            return PueFacts(entered[0], PueBasis.MONTH, entered[1])
        resource = self.resources.get(resource_id)
        if resource is None or resource.pue is None:
            return PueFacts(None, PueBasis.MISSING)
        return PueFacts(resource.pue, PueBasis.REGISTERED)

    def province_of(self, resource_id: UUID, month: date) -> str:
        """Return the grid that a resource hangs on in a month."""
        for since, _centre, province in self.places.get(resource_id, []):
            if since <= month:
                return province
        resource = self.resources.get(resource_id)
        if resource is None:
            return ""
        return str(resource.grid_region or f"{resource.region[:2]}0000")

    def factor_of(self, resource_id: UUID, month: date) -> GridFactorFacts | None:
        """Return the factor of a resource's grid in a month."""
        province = self.province_of(resource_id, month)
        return factor_in_force(self.factors, province=province, year=month.year)

    def emission(
        self,
        resource_id: UUID,
        month: date,
        *,
        it_kwh: Decimal | None,
        basis: EnergyBasis,
        green_share: Decimal | None = None,
    ) -> Emission:
        """Return what IT electricity of a resource in a month comes to."""
        return Emission(
            it_kwh=it_kwh,
            basis=basis,
            pue=self.pue_of(resource_id, month),
            factor=self.factor_of(resource_id, month),
            rest=rest_factor(self.factors, year=month.year),
            green_share=green_share,
        )


def emission_book(resource_ids: Collection[UUID]) -> EmissionBook:
    """Return the book of some resources, in four queries."""
    places = _places_of(resource_ids)
    centres = {place[1] for its in places.values() for place in its}
    return EmissionBook(
        resources=identity_selectors.resources(resource_ids),
        places=places,
        pues=pues_in_force(centres),
        factors=factors_by_place(),
    )


def _places_of(resource_ids: Collection[UUID]) -> dict[UUID, list[tuple[date, UUID, str]]]:
    """Return where resources stand and stood, with the grid of the place, the latest first."""
    places: dict[UUID, list[tuple[date, UUID, str]]] = {}
    rows = CentreResource.objects.filter(resource_id__in=resource_ids).order_by("-month")
    for resource_id, month, centre_id, province in rows.values_list(
        "resource_id", "month", "centre_id", "centre__province"
    ):
        places.setdefault(resource_id, []).append((month, centre_id, province))
    return places


def pues_in_force(centre_ids: Collection[UUID]) -> dict[tuple[UUID, date], tuple[Decimal, int]]:
    """Return the newest version of each month's PUE, by centre and month."""
    rows = CentrePue.objects.filter(centre_id__in=centre_ids).order_by("version")
    return {
        (centre_id, month): (value, version)
        for centre_id, month, value, version in rows.values_list(
            "centre_id", "month", "value", "version"
        )
    }


def latest_pues(resource_ids: Collection[UUID], *, on: date) -> dict[UUID, MonthPue]:
    """
    Return the PUE of the latest month that was entered for the centre each resource stood in.

    Months after a date count not yet, those older than `PUE_MONTHS_MAX` no more. The caller acts
    for the market: what was entered with evidence stands before what the register says.
    """
    places = _places_of(resource_ids)
    pues = pues_in_force({place[1] for its in places.values() for place in its})
    months = [_months_before(on, back) for back in range(PUE_MONTHS_MAX)]
    found = {}
    for resource_id, its in places.items():
        for month in months:
            centre = next((place[1] for place in its if place[0] <= month), None)
            if centre is not None and (centre, month) in pues:
                found[resource_id] = MonthPue(pues[(centre, month)][0], month)
                break
    return found


def _months_before(on: date, back: int) -> date:
    months = on.year * 12 + on.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)
