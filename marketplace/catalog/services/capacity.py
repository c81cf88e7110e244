"""Capacity over time: set aside for orders, and given back. A batch is a handful of statements."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from common import sets, tenancy
from common.errors import InvalidInput
from common.ids import uuid7
from common.period import Period
from identity import services as identity_services
from marketplace.catalog import locks, rules, selectors, slots
from marketplace.catalog.contracts import (
    ALLOCATION_BATCH_MAX,
    Allocated,
    AllocationRefusal,
    AllocationRequest,
    AllocationState,
    ListingNotFound,
    ListingTerms,
    RefusedRequest,
)
from marketplace.catalog.models import Allocation
from marketplace.catalog.timeline import SlotChanges, Timeline

_ALLOCATION: Final = {
    "id": "uuid",
    "order_id": "uuid",
    "listing_id": "uuid",
    "provider_id": "uuid",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "milli": "bigint",
    "state": "text",
    "allocated_at": "timestamptz",
}


def allocate(*, requests: Sequence[AllocationRequest], at: datetime) -> Allocated:
    """
    Set capacity aside for orders, each all or none; the earlier request comes first.

    Nothing is sold twice: the listings are locked in id order, and the database refuses slots
    that overlap or hold less than nothing. A request that was allocated before stays allocated.
    """
    _require_sound(requests)
    with tenancy.acting_as_platform():
        terms = {
            key: row.terms()
            for key, row in locks.listings({request.listing_id for request in requests}).items()
        }
        before = selectors.allocations([request.order_id for request in requests])
        fresh = [request for request in requests if request.order_id not in before]
        result, timelines = rules.allocate(
            fresh, terms=terms, slots=selectors.slots_of(rules.spans(fresh))
        )
        _write(timelines)
        _record(fresh, result, terms, at=at)
        _observe(terms, at=at)
    return _in_request_order(requests, result, before)


def _require_sound(requests: Sequence[AllocationRequest]) -> None:
    if len(requests) > ALLOCATION_BATCH_MAX or any(request.milli <= 0 for request in requests):
        raise InvalidInput
    if len({request.order_id for request in requests}) < len(requests):
        raise InvalidInput(field="order_id")


def _write(timelines: Sequence[Timeline]) -> None:
    changes = SlotChanges()
    for timeline in timelines:
        timeline.changes(changes)
    slots.write(changes)


def _record(
    requests: Sequence[AllocationRequest],
    result: Allocated,
    terms: dict[UUID, ListingTerms],
    *,
    at: datetime,
) -> None:
    allocated = set(result.allocated)
    rows = [
        (
            uuid7(),
            request.order_id,
            request.listing_id,
            terms[request.listing_id].provider_id,
            request.period.starts_at,
            request.period.ends_at,
            request.milli,
            AllocationState.HELD.value,
            at,
        )
        for request in requests
        if request.order_id in allocated
    ]
    sets.insert("catalog_allocation", _ALLOCATION, rows)


def _in_request_order(
    requests: Sequence[AllocationRequest], result: Allocated, before: dict[UUID, Allocation]
) -> Allocated:
    """Add the requests that were answered before: the same again is allocated, others refused."""
    refusals = {refused.order_id: refused for refused in result.refused}
    for request in requests:
        earlier = before.get(request.order_id)
        if earlier is not None and not _is_same(earlier, request):
            refusals[request.order_id] = RefusedRequest(
                request.order_id, AllocationRefusal.ALREADY_ALLOCATED
            )
    ids = [request.order_id for request in requests]
    return Allocated(
        allocated=tuple(order_id for order_id in ids if order_id not in refusals),
        refused=tuple(refusals[order_id] for order_id in ids if order_id in refusals),
    )


def _is_same(earlier: Allocation, request: AllocationRequest) -> bool:
    return (
        earlier.state == AllocationState.HELD
        and earlier.listing_id == request.listing_id
        and earlier.milli == request.milli
        and Period(earlier.starts_at, earlier.ends_at) == request.period
    )


def hold(listing_ids: Collection[UUID]) -> None:
    """Take listings until the transaction ends, for one that allocates of them in several steps."""
    locks.listings(listing_ids)


def take_free(*, listing_id: UUID, period: Period, at: datetime) -> list[UUID]:
    """
    Take all that is free of a listing over a period out of what is sold, whoever may order it.

    Return what `release` gives it back by: one key a stretch of one figure, in place of orders.

    :raises ListingNotFound: if there is no such listing
    """
    with tenancy.acting_as_platform():
        terms = {key: row.terms() for key, row in locks.listings([listing_id]).items()}
        if listing_id not in terms:
            raise ListingNotFound
        found = selectors.free_capacity(selectors.listing(listing_id), period)
        requests = [
            AllocationRequest(
                uuid7(), listing_id, Period(piece.starts_at, piece.ends_at), piece.free_milli
            )
            for piece in found
            if piece.free_milli > 0
        ]
        timelines = rules.timelines_for(
            requests, terms=terms, slots=selectors.slots_of(rules.spans(requests))
        )
        for request in requests:
            timelines[listing_id].take(request.period, request.milli)
        _write(list(timelines.values()))
        taken = tuple(request.order_id for request in requests)
        _record(requests, Allocated(allocated=taken, refused=()), terms, at=at)
        _observe(terms, at=at)
    return list(taken)


def release(*, order_ids: Collection[UUID], at: datetime) -> int:
    """
    Give back what orders hold from a moment on, and return how many held anything.

    What lies before the moment was used or lost and stays sold. Safe to repeat. Call it before
    the ledger in a transaction that does both: clearing locks listings first, too.
    """
    with tenancy.acting_as_platform():
        terms, held = _held(order_ids)
        _give_back([rest for allocation in held for rest in _rests(allocation, at)], terms)
        Allocation.objects.filter(pk__in=[allocation.pk for allocation in held]).update(
            state=AllocationState.RELEASED, released_at=at
        )
        _observe(terms, at=at)
    return len(held)


def give_back_some(*, order_id: UUID, milli: int, at: datetime) -> bool:
    """
    Keep less of what an order holds from a moment on; return whether it held more than that.

    Once an order. Call it before the ledger, and after deliveries, as `release`.
    """
    with tenancy.acting_as_platform():
        terms, held = _held([order_id])
        for allocation in held:
            is_inside = allocation.starts_at < at < allocation.ends_at
            if allocation.later_milli is not None or not (is_inside and milli < allocation.milli):
                return False
            period = Period(at, allocation.ends_at)
            more = allocation.milli - milli
            _give_back([AllocationRequest(order_id, allocation.listing_id, period, more)], terms)
            allocation.later_milli, allocation.later_from = milli, at
            allocation.save(update_fields=["later_milli", "later_from"])
            _observe(terms, at=at)
        return bool(held)


def retract(*, order_ids: Collection[UUID], at: datetime) -> int:
    """
    Take back what the same transaction allocated, wholly, as if it had never been asked for.

    For orders that turn out unpaid while they clear: nothing of theirs was used, whenever their
    period lies. Return how many held anything.
    """
    with tenancy.acting_as_platform():
        terms, held = _held(order_ids)
        whole = (rest for each in held for rest in _rests(each, each.starts_at))
        _give_back(list(whole), terms)
        Allocation.objects.filter(pk__in=[allocation.pk for allocation in held]).delete()
        _observe(terms, at=at)
    return len(held)


def _held(order_ids: Collection[UUID]) -> tuple[dict[UUID, ListingTerms], list[Allocation]]:
    """Lock the listings that orders hold capacity of; return them and what is held."""
    listing_ids = {row.listing_id for row in selectors.allocations(order_ids).values()}
    terms = {key: row.terms() for key, row in locks.listings(listing_ids).items()}
    # Read again under the lock: another release may have been quicker.
    held = [
        allocation
        for allocation in selectors.allocations(order_ids).values()
        if allocation.state == AllocationState.HELD
    ]
    return terms, held


def _rests(allocation: Allocation, at: datetime) -> list[AllocationRequest]:
    """Return what an allocation holds from a moment on: in two pieces where it is less later."""
    starts_at, until = max(at, allocation.starts_at), allocation.ends_at
    pieces = [(starts_at, until, allocation.milli)]
    if allocation.later_from is not None and allocation.later_milli is not None:
        less_from = max(starts_at, allocation.later_from)
        pieces = [
            (starts_at, less_from, allocation.milli),
            (less_from, until, allocation.later_milli),
        ]
    return [
        AllocationRequest(allocation.order_id, allocation.listing_id, Period(begin, end), milli)
        for begin, end, milli in pieces
        if begin < end
    ]


def _give_back(returns: Sequence[AllocationRequest], terms: dict[UUID, ListingTerms]) -> None:
    timelines = rules.timelines_for(
        returns, terms=terms, slots=selectors.slots_of(rules.spans(returns))
    )
    for request in returns:
        timelines[request.listing_id].give(request.period, request.milli)
    _write(list(timelines.values()))


def _observe(terms: dict[UUID, ListingTerms], *, at: datetime) -> None:
    """Tell the register what is available of the resources now."""
    identity_services.observe_capacity(selectors.available_of_resources(set(terms), at=at), at=at)
