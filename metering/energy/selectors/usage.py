"""Electricity and carbon of usage records."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from common import moments
from common.money import EXACT
from metering.energy.contracts import EnergyBasis, UnknownEnergy, UsageEmission, Used
from metering.energy.models import ChangedHour, CountingPlace, DataCentre, UsageEnergy
from metering.energy.selectors.books import EmissionBook, emission_book
from metering.energy.selectors.centres import centre_months, claimed_by_month


@dataclass(frozen=True, slots=True)
class EmissionTotal:
    """Sums over usage records; each None where one of them is not known."""

    it_kwh: Decimal | None
    facility_kwh: Decimal | None
    location_g: Decimal | None
    market_g: Decimal | None
    basis: EnergyBasis
    unknown: int
    records: int

    def per_hour(self, standard_hours: Decimal | None) -> Decimal | None:
        """Return the grams of CO2 of a standard hour, by the grid of the place."""
        if self.location_g is None or not standard_hours:
            return None
        return EXACT.divide(self.location_g, standard_hours)


def energy_of(usage_ids: Collection[UUID]) -> dict[UUID, UsageEmission]:
    """
    Return electricity and carbon of usage records; ones that nobody counted yet are left out.

    The caller sees the records' provider, or acts for the market.
    """
    rows = list(UsageEnergy.objects.filter(usage_id__in=usage_ids))
    places = emission_book({row.resource_id for row in rows})
    months = {row.usage_id: _month_of(row.starts_at) for row in rows}
    shares = _green_shares(places, {(row.resource_id, months[row.usage_id]) for row in rows})
    found = {}
    for row in rows:
        month = months[row.usage_id]
        centre = places.centre_at(row.resource_id, month)
        found[row.usage_id] = UsageEmission(
            usage_id=row.usage_id,
            resource_id=row.resource_id,
            month=month,
            emission=places.emission(
                row.resource_id,
                month,
                it_kwh=row.it_kwh,
                basis=EnergyBasis(row.basis),
                green_share=shares.get((centre, month), Decimal(0)) if centre else Decimal(0),
            ),
            told=row.told,
            reason=UnknownEnergy(row.reason),
        )
    return found


def total_emission(usage_ids: Any, *, expected: int) -> EmissionTotal:
    """
    Add up usage records, by their ids or by a query for them; one not known leaves sums open.

    They are summed by resource and month in the database: how many there are does not matter.
    """
    sums = _sums_of(usage_ids)
    places = emission_book({key[0] for key in sums})
    shares = _green_shares(places, set(sums))
    emissions = []
    for (resource_id, month), used in sums.items():
        centre = places.centre_at(resource_id, month)
        emissions.append(
            places.emission(
                resource_id,
                month,
                it_kwh=used.total,
                basis=EnergyBasis.ESTIMATED if used.estimated else EnergyBasis.MEASURED,
                green_share=shares.get((centre, month), Decimal(0)),
            )
        )
    known = sum(used.records - used.unknown for used in sums.values())
    is_whole = known == expected and expected > 0
    measured = all(each.basis == EnergyBasis.MEASURED for each in emissions)
    basis = EnergyBasis.MEASURED if measured else EnergyBasis.ESTIMATED
    return EmissionTotal(
        it_kwh=_sum([each.it_kwh for each in emissions], is_whole),
        facility_kwh=_sum([each.facility_kwh for each in emissions], is_whole),
        location_g=_sum([each.location_g for each in emissions], is_whole),
        market_g=_sum([each.market_g for each in emissions], is_whole),
        basis=basis if is_whole else EnergyBasis.UNKNOWN,
        unknown=expected - known,
        records=expected,
    )


def _sums_of(usage_ids: Any) -> dict[tuple[UUID, date], Used]:
    rows = (
        UsageEnergy.objects.filter(usage_id__in=usage_ids)
        .annotate(month=TruncMonth("starts_at", tzinfo=moments.market_zone()))
        .values("resource_id", "month")
        .annotate(
            measured=Sum("it_kwh", filter=Q(basis=EnergyBasis.MEASURED)),
            estimated=Sum("it_kwh", filter=Q(basis=EnergyBasis.ESTIMATED)),
            counted=Count("usage_id"),
            unknown=Count("usage_id", filter=Q(basis=EnergyBasis.UNKNOWN)),
        )
        .order_by()
    )
    nothing = Decimal(0)
    return {
        (row["resource_id"], row["month"].date()): Used(
            row["measured"] or nothing, row["estimated"] or nothing, row["counted"], row["unknown"]
        )
        for row in rows
    }


def counted_until() -> int:
    """Return the number of the last usage record that was counted."""
    place = CountingPlace.objects.values_list("sequence", flat=True).first()
    return place or 0


def changed_hours() -> QuerySet[ChangedHour]:
    """Return the hours that wait to be rolled up, the oldest first."""
    return ChangedHour.objects.order_by("id")


def _sum(values: Iterable[Decimal | None], is_whole: bool) -> Decimal | None:
    total = Decimal(0)
    for each in values:
        if each is None:
            return None
        total = EXACT.add(total, each)
    return total if is_whole else None


def _month_of(moment: datetime) -> date:
    return moments.market_date(moment).replace(day=1)


def _green_shares(
    places: EmissionBook, used: Collection[tuple[UUID, date]]
) -> dict[tuple[UUID | None, date], Decimal]:
    """Return the green share of each centre and month in which resources were used."""
    wanted: dict[date, set[UUID]] = {}
    for resource_id, month in used:
        centre = places.centre_at(resource_id, month)
        if centre is not None:
            wanted.setdefault(month, set()).add(centre)
    found: dict[tuple[UUID | None, date], Decimal] = {}
    for month, ids in wanted.items():
        claimed = {key[0] for key in claimed_by_month(ids) if key[1] == month}
        centres = list(DataCentre.objects.filter(pk__in=claimed))
        for each in centre_months(centres, first=month, last=month) if centres else ():
            found[(each.centre_id, month)] = each.green_share or Decimal(0)
    return found
