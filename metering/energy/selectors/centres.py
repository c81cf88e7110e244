"""Data centres, their months, and their green electricity."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, Sum

from common import moments
from identity.contracts import Actor
from metering.energy.contracts import (
    CentreMonth,
    CentreNotFound,
    GreenNotFound,
    GreenState,
    PueBasis,
    PueFacts,
    Used,
)
from metering.energy.models import CentrePue, CentreResource, DataCentre, GreenSupply
from metering.energy.published import threshold_of
from metering.energy.selectors.books import EmissionBook, emission_book
from metering.energy.selectors.factors import factor_in_force, rest_factor

COUNTING: Final = (GreenState.CLAIMED, GreenState.RETIRED)
Sums = Mapping[tuple[UUID, date], Used]  # by resource and month

_SUMS: Final = """
    SELECT resource_id, date_trunc('month', starts_at AT TIME ZONE %(zone)s)::date,
           coalesce(sum(it_kwh) FILTER (WHERE basis = 'MEASURED'), 0),
           coalesce(sum(it_kwh) FILTER (WHERE basis = 'ESTIMATED'), 0),
           count(*), count(*) FILTER (WHERE basis = 'UNKNOWN')
    FROM metering_energy_usageenergy
    WHERE resource_id = ANY(%(resources)s) AND is_current
      AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s
    GROUP BY 1, 2
"""


def centres_for(actor: Actor) -> QuerySet[DataCentre]:
    """Return the data centres that an actor may see, by name."""
    found = DataCentre.objects.select_related("provider")
    if not actor.spans_tenants:
        found = found.filter(provider_id=actor.organization_id)
    return found.order_by("name", "id")


def all_centres() -> list[DataCentre]:
    """Return every data centre that the transaction may see, for sums of the market."""
    return list(DataCentre.objects.order_by("id"))


def centre_for(actor: Actor, centre_id: UUID) -> DataCentre:
    """
    Return a data centre that an actor may see.

    :raises CentreNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = centres_for(actor).filter(pk=centre_id).first()
    if found is None:
        raise CentreNotFound
    return found


def places_of(centre_id: UUID) -> QuerySet[CentreResource]:
    """Return which resources stand or stood in a centre, the latest first."""
    return (
        CentreResource.objects.filter(centre=centre_id)
        .select_related("resource")
        .order_by("-month", "resource__name", "id")
    )


def resources_in(centre_ids: Collection[UUID]) -> set[UUID]:
    """Return which resources stand or stood in some centres."""
    rows = CentreResource.objects.filter(centre__in=centre_ids)
    return set(rows.values_list("resource_id", flat=True))


def pues_of(centre_id: UUID) -> QuerySet[CentrePue]:
    """Return the PUE that were entered for a centre, all versions, the latest first."""
    return CentrePue.objects.filter(centre=centre_id).order_by("-month", "-version")


def supplies_for(actor: Actor) -> QuerySet[GreenSupply]:
    """Return the green electricity that an actor may see, the latest first."""
    found = GreenSupply.objects.select_related("centre", "provider")
    if not actor.spans_tenants:
        found = found.filter(provider_id=actor.organization_id)
    return found.order_by("-registered_at", "-id")


def supply_for(actor: Actor, supply_id: UUID) -> GreenSupply:
    """
    Return a green supply that an actor may see.

    :raises GreenNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = supplies_for(actor).filter(pk=supply_id).first()
    if found is None:
        raise GreenNotFound
    return found


def month_sums(resource_ids: Collection[UUID], *, first: date, last: date) -> dict[Any, Used]:
    """Return the electricity of resources by month of the market, from each record."""
    values = {
        "zone": settings.DISPLAY_TIME_ZONE,
        "resources": list(resource_ids),
        "starts_at": moments.month_period(first).starts_at,
        "ends_at": moments.month_period(last).ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, values)
        return {(key, month): Used(*sums) for key, month, *sums in cursor.fetchall()}


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months from one to another."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def centre_months(
    centres: Sequence[DataCentre], *, first: date, last: date, sums: Sums | None = None
) -> list[CentreMonth]:
    """
    Return each centre in each month, the earliest first.

    `sums` is what resources used by month, where it is known already; else each record is read.
    """
    ids = [each.pk for each in centres]
    resource_ids = resources_in(ids)
    places = emission_book(resource_ids)
    if sums is None:
        sums = month_sums(resource_ids, first=first, last=last)
    used = _used_by_centre(places, sums)
    claimed = claimed_by_month(ids)
    return [
        _month(centre, month, used.get((centre.pk, month)), claimed, places)
        for month in months_between(first, last)
        for centre in centres
    ]


def claimed_by_month(centre_ids: Collection[UUID]) -> dict[tuple[UUID, date], Decimal]:
    """Return the green electricity that was claimed, by centre and month."""
    rows = GreenSupply.objects.filter(centre__in=centre_ids, state__in=COUNTING)
    sums = rows.values("centre_id", "used_month").annotate(kwh=Sum("kwh")).order_by()
    return {(row["centre_id"], row["used_month"]): row["kwh"] for row in sums if row["used_month"]}


def _used_by_centre(
    places: EmissionBook, sums: Sums
) -> dict[tuple[UUID, date], tuple[Used, PueFacts]]:
    """Add up resources in the centre in which they stood."""
    found: dict[tuple[UUID, date], tuple[Used, PueFacts]] = {}
    for (resource_id, month), used in sums.items():
        centre_id = places.centre_at(resource_id, month)
        if centre_id is None:
            continue
        before, pue = found.get((centre_id, month), (Used(), None))
        own = places.pue_of(resource_id, month)
        # Resources of one building that state unlike figures have none together.
        same = pue is None or pue.value == own.value
        pue = own if same else PueFacts(None, PueBasis.MISSING)
        found[(centre_id, month)] = (before + used, pue)
    return found


def _month(
    centre: DataCentre,
    month: date,
    used: tuple[Used, PueFacts] | None,
    claimed: Mapping[tuple[UUID, date], Decimal],
    places: EmissionBook,
) -> CentreMonth:
    entered = places.pues.get((centre.pk, month))
    if entered is not None:
        pue = PueFacts(entered[0], PueBasis.MONTH, entered[1])
    else:
        pue = used[1] if used else PueFacts(None, PueBasis.MISSING)
    factors = places.factors
    return CentreMonth(
        centre_id=centre.pk,
        month=month,
        used=used[0] if used else Used(),
        pue=pue,
        factor=factor_in_force(factors, province=centre.province, year=month.year),
        rest=rest_factor(factors, year=month.year),
        claimed_kwh=claimed.get((centre.pk, month), Decimal(0)),
        threshold=threshold_of(month),
    )
