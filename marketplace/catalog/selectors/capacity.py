"""Capacity over time, as slots store it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Sum

from common.period import Period
from marketplace.catalog.contracts import AllocationState, FreeCapacity
from marketplace.catalog.models import Allocation, CapacitySlot, Listing
from marketplace.catalog.rows import ListingRow
from marketplace.catalog.timeline import Slot


def allocations(order_ids: Collection[UUID]) -> dict[UUID, Allocation]:
    """Return what was set aside for some orders."""
    return {row.order_id: row for row in Allocation.objects.filter(order_id__in=order_ids)}


def allocations_ending(listing_ids: Collection[UUID], period: Period) -> list[Allocation]:
    """Return what is set aside of listings until a moment of a period, what ends first first."""
    found = Allocation.objects.filter(
        listing_id__in=listing_ids,
        state=AllocationState.HELD,
        ends_at__gt=period.starts_at,
        ends_at__lte=period.ends_at,
    )
    return list(found.order_by("ends_at", "id"))


def slots_of(spans: Mapping[UUID, Period]) -> list[Slot]:
    """Return the slots that overlap a period of each listing, in one query."""
    if not spans:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id, s.listing_id, s.starts_at, s.ends_at, s.free_milli
            FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS w (id, low, high)
            JOIN catalog_capacityslot s
              ON s.listing_id = w.id AND s.ends_at > w.low AND s.starts_at < w.high
            """,
            [
                list(spans),
                [span.starts_at for span in spans.values()],
                [span.ends_at for span in spans.values()],
            ],
        )
        return [Slot(*row) for row in cursor.fetchall()]


def slots_of_book(book_id: int, span: Period) -> list[Slot]:
    """Return the slots of a book's open listings that overlap a period, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id, s.listing_id, s.starts_at, s.ends_at, s.free_milli
            FROM catalog_listing l
            JOIN catalog_capacityslot s ON s.listing_id = l.id
            WHERE l.book_id = %s AND l.state = 'OPEN' AND s.ends_at > %s AND s.starts_at < %s
            """,
            [book_id, span.starts_at, span.ends_at],
        )
        return [Slot(*row) for row in cursor.fetchall()]


def free_now(listing_ids: Collection[UUID], *, at: datetime) -> dict[UUID, int]:
    """Return what is free of listings at a moment, in thousandths of their unit."""
    sold = sold_now(listing_ids, at=at)
    totals = Listing.objects.filter(pk__in=listing_ids).values_list("pk", "total_milli")
    return {key: total - sold.get(key, 0) for key, total in totals}


def sold_now(listing_ids: Collection[UUID], *, at: datetime) -> dict[UUID, int]:
    """Return what is sold of listings at a moment; listings of which nothing is are left out."""
    slots = CapacitySlot.objects.filter(
        listing_id__in=listing_ids, starts_at__lte=at, ends_at__gt=at
    )
    return dict(slots.values_list("listing_id", F("total_milli") - F("free_milli")))


def available_of_resources(listing_ids: Collection[UUID], *, at: datetime) -> dict[UUID, int]:
    """Return what is unsold at a moment of the resources behind some listings."""
    rows = Listing.objects.filter(pk__in=listing_ids).values_list(
        "resource_id", "resource__total_milli"
    )
    totals = dict(rows)
    sold = (
        CapacitySlot.objects.filter(
            listing__resource_id__in=totals, starts_at__lte=at, ends_at__gt=at
        )
        .values("listing__resource_id")
        .annotate(sold=Sum(F("total_milli") - F("free_milli")))
        .values_list("listing__resource_id", "sold")
    )
    taken = dict(sold)
    return {key: max(total - taken.get(key, 0), 0) for key, total in totals.items()}


def free_capacity(listing: ListingRow, period: Period) -> list[FreeCapacity]:
    """Return what is free of a listing over a period, piece by piece without gaps."""
    pieces: list[FreeCapacity] = []
    reached = period.starts_at
    total = listing.total_milli
    for slot in sorted(slots_of({listing.pk: period}), key=lambda slot: slot.starts_at):
        starts_at = max(slot.starts_at, period.starts_at)
        if reached < starts_at:
            pieces.append(FreeCapacity(reached, starts_at, total, total))
        reached = min(slot.ends_at, period.ends_at)
        pieces.append(FreeCapacity(starts_at, reached, total, slot.free_milli))
    if reached < period.ends_at:
        pieces.append(FreeCapacity(reached, period.ends_at, total, total))
    return pieces
