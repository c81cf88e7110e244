"""Electricity and carbon of usage records."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from common import moments
from common.money import EXACT
from metering.energy.contracts import (
    Emission,
    EnergyBasis,
    UnknownEnergy,
    UsageEmission,
    Used,
)
from metering.energy.models import ChangedHour, CountingPlace, DataCentre, UsageEnergy
from metering.energy.selectors.books import EmissionBook, emission_book
from metering.energy.selectors.centres import centre_months, claimed_by_month

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class EmissionPart:
    """What is known of a resource's usage in a month, of the records that are added up."""

    resource_id: UUID
    month: date
    used: Used
    emission: Emission


@dataclass(frozen=True, slots=True)
class RecordSums:
    """
    Usage records that are added up: what is counted of them, by resource and month.

    `expected` says how many records there are, counted or not; `standard_hours` what they measured,
    none where one of them has none.
    """

    used: Mapping[tuple[UUID, date], Used]
    expected: int
    standard_hours: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EmissionTotal:
    """
    Sums over usage records; each None where one of them is not known.

    `parts` say what is known all the same, by resource and month, the earliest first.
    """

    it_kwh: Decimal | None
    facility_kwh: Decimal | None
    location_g: Decimal | None
    market_g: Decimal | None
    basis: EnergyBasis
    unknown: int
    records: int
    standard_hours: Decimal | None = None
    parts: Sequence[EmissionPart] = ()

    @property
    def known(self) -> Used:
        """Return what was measured and estimated of the records that are known."""
        found = Used()
        for part in self.parts:
            found = found + part.used
        return found

    @property
    def kwh_per_hour(self) -> Decimal | None:
        """Return the kilowatt-hours of IT equipment of a standard hour."""
        return per_standard_hour(self.it_kwh, self.standard_hours)

    @property
    def g_per_hour(self) -> Decimal | None:
        """Return the grams of CO2 of a standard hour, by the grid of the place."""
        return per_standard_hour(self.location_g, self.standard_hours)

    def per_hour(self, standard_hours: Decimal | None) -> Decimal | None:
        """Return the grams of CO2 of a standard hour, by the grid of the place."""
        return per_standard_hour(self.location_g, standard_hours)


def per_standard_hour(figure: Decimal | None, hours: Decimal | None) -> Decimal | None:
    """Return how much of something a standard hour takes; nothing where either is not known."""
    return None if figure is None or not hours else EXACT.divide(figure, hours)


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
    found = emission_totals({None: RecordSums(_sums_of(usage_ids), expected)})
    return found[None]


def emission_totals(groups: Mapping[Name, RecordSums]) -> dict[Name, EmissionTotal]:
    """Turn sums of usage records into electricity and carbon, for many groups at once."""
    keys = {key for each in groups.values() for key in each.used}
    places = emission_book({key[0] for key in keys})
    shares = _green_shares(places, keys)
    return {name: _total(each, places, shares) for name, each in groups.items()}


def _total(
    sums: RecordSums,
    places: EmissionBook,
    shares: Mapping[tuple[UUID | None, date], Decimal],
) -> EmissionTotal:
    parts = [
        EmissionPart(
            resource_id,
            month,
            used,
            places.emission(
                resource_id,
                month,
                it_kwh=used.total,
                basis=EnergyBasis.ESTIMATED if used.estimated else EnergyBasis.MEASURED,
                green_share=shares.get((places.centre_at(resource_id, month), month), Decimal(0)),
            ),
        )
        for (resource_id, month), used in sorted(sums.used.items(), key=lambda each: each[0][::-1])
    ]
    emissions = [part.emission for part in parts]
    known = sum(used.records - used.unknown for used in sums.used.values())
    is_whole = known == sums.expected and sums.expected > 0
    measured = all(each.basis == EnergyBasis.MEASURED for each in emissions)
    basis = EnergyBasis.MEASURED if measured else EnergyBasis.ESTIMATED
    return EmissionTotal(
        it_kwh=_sum([each.it_kwh for each in emissions], is_whole),
        facility_kwh=_sum([each.facility_kwh for each in emissions], is_whole),
        location_g=_sum([each.location_g for each in emissions], is_whole),
        market_g=_sum([each.market_g for each in emissions], is_whole),
        basis=basis if is_whole else EnergyBasis.UNKNOWN,
        unknown=sums.expected - known,
        records=sums.expected,
        standard_hours=sums.standard_hours,
        parts=parts,
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


def green_shares_in(month: date, resource_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Return the green share of a month where resources stood; some stand in no centre."""
    places = emission_book(resource_ids)
    shares = _green_shares(places, [(each, month) for each in resource_ids])
    return {
        each: shares[(centre, month)]
        for each in resource_ids
        if (centre := places.centre_at(each, month)) is not None and (centre, month) in shares
    }


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
