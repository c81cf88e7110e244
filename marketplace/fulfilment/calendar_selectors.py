"""Capacity by day: what there is, what is taken, what maintenance is announced, what ends."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common import moments, tenancy
from common.period import Period
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.fulfilment import rules
from marketplace.fulfilment.maintenance_contracts import LIVE
from marketplace.fulfilment.models import ComputeDelivery, MaintainedListing
from marketplace.orders import selectors as orders_selectors

CALENDAR_LISTINGS_MAX: Final = 100
CALENDAR_DAYS_MAX: Final = 31


@dataclass(frozen=True, slots=True)
class AnnouncedTime:
    """Maintenance of a listing in a day."""

    work_id: UUID
    starts_at: datetime
    ends_at: datetime
    impact: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class EndingOrder:
    """An order that ends in a day, and what it gives back, in thousandths of the unit."""

    order_id: UUID
    ends_at: datetime
    milli: int


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a listing: the least that is free in it, and the most that is not."""

    listing: Any
    day: date
    total_milli: int
    free_milli: int
    maintenance: Sequence[AnnouncedTime]
    ends: Sequence[EndingOrder]

    @property
    def taken_milli(self) -> int:
        """Return what orders hold, or maintenance, at the fullest moment of the day."""
        return self.total_milli - self.free_milli


@dataclass(frozen=True, slots=True)
class MaintainedRun:
    """Maintenance announced of what runs for a buyer, or will."""

    delivery: ComputeDelivery
    work: Any
    is_excused: bool  # announced in time: it does not count against availability


def capacity_calendar(provider_id: UUID, *, first: date, days: int) -> list[CalendarDay]:
    """
    Return the days of a provider's listings that are not closed, listing by listing.

    At most a hundred listings and 31 days; four statements.
    """
    days = max(1, min(days, CALENDAR_DAYS_MAX))
    with tenancy.acting_as_platform():
        own = catalog_selectors.listings_of(provider_id).exclude(state=ListingState.CLOSED)
        listings = list(own.order_by("seq")[:CALENDAR_LISTINGS_MAX])
        ids = [each.pk for each in listings]
        last = first + timedelta(days=days - 1)
        whole = moments.days_period(first, last)
        slots = defaultdict(list)
        for slot in catalog_selectors.slots_of(dict.fromkeys(ids, whole)):
            slots[slot.listing_id].append(slot)
        maintained = _maintained(ids, whole)
        ends = _ends(ids, whole)
    found = []
    for listing in listings:
        for place in range(days):
            day = first + timedelta(days=place)
            period = moments.day_period(day)
            inside = [
                each.free_milli
                for each in slots[listing.pk]
                if each.starts_at < period.ends_at and each.ends_at > period.starts_at
            ]
            found.append(
                CalendarDay(
                    listing=listing,
                    day=day,
                    total_milli=listing.total_milli,
                    free_milli=min([listing.total_milli, *inside]),
                    maintenance=[
                        each
                        for each in maintained[listing.pk]
                        if each.starts_at < period.ends_at and each.ends_at > period.starts_at
                    ],
                    ends=[each for each in ends[listing.pk] if _is_end_in(each, period)],
                )
            )
    return found


def maintenance_of_buyer(buyer_id: UUID, *, now: datetime) -> list[MaintainedRun]:
    """Return the maintenance announced of what runs for a buyer, the earliest first."""
    own = ComputeDelivery.objects.filter(buyer_id=buyer_id).exclude(state__in=rules.OVER)
    runs = list(own.select_related("order", "provider").order_by("starts_at")[:500])
    by_listing = defaultdict(list)
    for each in runs:
        by_listing[each.order.listing_id].append(each)
    works = MaintainedListing.objects.filter(
        listing_id__in=[each for each in by_listing if each], is_live=True, work__state__in=LIVE
    ).select_related("work")
    return [
        MaintainedRun(delivery, row.work, not row.work.is_late)
        for row in works.order_by("starts_at", "id")
        for delivery in by_listing[row.listing_id]
        if row.starts_at < delivery.leaves_at and row.ends_at > max(now, delivery.starts_at)
    ]


def _maintained(ids: Collection[UUID], whole: Period) -> dict[UUID, list[AnnouncedTime]]:
    found: dict[UUID, list[AnnouncedTime]] = defaultdict(list)
    rows = MaintainedListing.objects.filter(
        listing_id__in=ids,
        is_live=True,
        work__state__in=LIVE,
        starts_at__lt=whole.ends_at,
        ends_at__gt=whole.starts_at,
    ).select_related("work")
    for row in rows.order_by("starts_at"):
        found[row.listing_id].append(
            AnnouncedTime(
                row.work_id, row.starts_at, row.ends_at, row.work.impact, row.work.is_late
            )
        )
    return found


def _ends(ids: Collection[UUID], whole: Period) -> dict[UUID, list[EndingOrder]]:
    found: dict[UUID, list[EndingOrder]] = defaultdict(list)
    rows = catalog_selectors.allocations_ending(ids, whole)
    # What maintenance took is an allocation as well, and no order.
    placed = orders_selectors.orders().filter(pk__in=[each.order_id for each in rows])
    orders = set(placed.values_list("pk", flat=True))
    for row in rows:
        if row.order_id in orders:
            found[row.listing_id].append(EndingOrder(row.order_id, row.ends_at, row.milli))
    return found


def _is_end_in(each: EndingOrder, period: Period) -> bool:
    """Return whether it ends in a day; what ends at midnight ends on the day before it."""
    return period.starts_at < each.ends_at <= period.ends_at
