"""Electricity and carbon of usage records."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from common import moments
from common.money import EXACT
from metering.energy.contracts import EnergyBasis, UnknownEnergy, UsageEmission
from metering.energy.models import ChangedHour, CountingPlace, DataCentre, UsageEnergy
from metering.energy.selectors.books import EmissionBook, book
from metering.energy.selectors.centres import centre_months


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
    places = book({row.resource_id for row in rows})
    shares = _green_shares(places, rows)
    found = {}
    for row in rows:
        month = moments.market_date(row.starts_at).replace(day=1)
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


def total_of(found: Iterable[UsageEmission], *, expected: int) -> EmissionTotal:
    """Add up usage records; one that is not known leaves the sum open."""
    emissions = [each.emission for each in found]
    known = [each for each in emissions if each.basis != EnergyBasis.UNKNOWN]
    is_whole = len(known) == expected and expected > 0
    measured = all(each.basis == EnergyBasis.MEASURED for each in known)
    basis = EnergyBasis.MEASURED if measured else EnergyBasis.ESTIMATED
    return EmissionTotal(
        it_kwh=_sum([each.it_kwh for each in known], is_whole),
        facility_kwh=_sum([each.facility_kwh for each in known], is_whole),
        location_g=_sum([each.location_g for each in known], is_whole),
        market_g=_sum([each.market_g for each in known], is_whole),
        basis=basis if is_whole else EnergyBasis.UNKNOWN,
        unknown=expected - len(known),
        records=expected,
    )


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


def _green_shares(
    places: EmissionBook, rows: Iterable[UsageEnergy]
) -> dict[tuple[UUID | None, date], Decimal]:
    """Return the green share of each centre and month that the records lie in."""
    wanted: dict[date, set[UUID]] = {}
    for row in rows:
        month = moments.market_date(row.starts_at).replace(day=1)
        centre = places.centre_at(row.resource_id, month)
        if centre is not None:
            wanted.setdefault(month, set()).add(centre)
    found: dict[tuple[UUID | None, date], Decimal] = {}
    for month, ids in wanted.items():
        centres = list(DataCentre.objects.filter(pk__in=ids))
        for each in centre_months(centres, first=month, last=month):
            found[(each.centre_id, month)] = each.green_share or Decimal(0)
    return found
