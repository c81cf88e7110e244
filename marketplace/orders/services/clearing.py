"""Clearing a book: one pure rule between two handfuls of set-based statements."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError

from common import doorbell, tenancy
from common.isolation import is_circumstance
from common.period import Period
from marketplace.budgets import services as budgets_services
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import AllocationRequest
from marketplace.orders import locks, rules, selectors
from marketplace.orders.contracts import Cleared, Decided, Fill, RefusalCode, RoundStep
from marketplace.orders.models import ClearingRound, Order
from marketplace.orders.services import capping, holding, isolating, recording, trying
from marketplace.orders.stopwatch import Stopwatch
from marketplace.vouchers import selectors as vouchers_selectors

CLEARING_BATCH_MAX: Final = 500


def clear_book(*, book_id: int, now: datetime, limit: int = CLEARING_BATCH_MAX) -> Cleared:
    """
    Fill the placed orders of one book, or reject them with their reasons, in one transaction.

    A book that another worker is clearing is left alone: the other will find these orders, too. So
    is one that is halted, as a halt takes the same lock. An
    order with which clearing fails is set aside, and the others clear.
    """
    if selectors.halt_in_force(book_id=book_id, at=now) is not None:
        return Cleared()
    this_try = trying.begin(book_id=book_id, now=now, limit=limit)
    if this_try is None:
        return Cleared()
    try:
        return _take_turn(book_id, this_try, now=now)
    except (OperationalError, InterfaceError) as error:
        if is_circumstance(error):
            trying.forgive(book_id=book_id)
        raise  # Else as if the worker had died: the next try is smaller.
    except Exception:
        trying.fail(book_id=book_id)
        raise


def _take_turn(book_id: int, this_try: trying.Try, *, now: datetime) -> Cleared:
    with tenancy.acting_as_platform():
        if not locks.try_book(book_id):
            return Cleared()
        if selectors.halt_in_force(book_id=book_id, at=now) is not None:
            trying.finish(book_id=book_id, is_full=False)  # Halted since; nobody died of it.
            return Cleared()
        orders = locks.placed_orders(book_id=book_id, until=now, limit=this_try.orders)
        apart = _round(book_id, orders, now=now, is_last_try=this_try.is_last)
        is_full = this_try.leaves_some or bool(apart.left)
        trying.finish(book_id=book_id, is_full=is_full)
    return _told(apart, is_full=is_full)


def clear_imported(*, book_id: int, order_ids: Collection[UUID], now: datetime) -> Cleared:
    """
    Fill or reject those of some imported orders that wait in a book, by the import's own clock.

    It waits for who is clearing the book, and takes no other order with it. What fails is set aside
    at once: the import names it.
    """
    assert len(order_ids) <= CLEARING_BATCH_MAX
    with tenancy.acting_as_platform():
        locks.book(book_id)
        orders = locks.imported_orders(book_id=book_id, order_ids=order_ids)
        apart = _round(book_id, orders, now=now, is_last_try=True)
    return _told(apart, is_full=bool(apart.left))


def clear_together(*, order_ids: Collection[UUID], now: datetime) -> list[Order]:
    """
    Clear some placed orders of one buyer, each in its book, within the caller's transaction.

    Books are taken in the order of their numbers, then every listing that is named, so nobody waits
    in a circle. Return the orders as they stand then; the caller decides whether that will do.
    """
    return _together(order_ids, {}, now=now)


def clear_decided(*, decided: Mapping[UUID, Decided], now: datetime) -> list[Order]:
    """
    Clear placed orders as somebody above this room decided, each in its book, in one transaction.

    They name no listing of their own. That there is room and money is asked as of any order; return
    them as they stand then, and the caller decides whether that will do.
    """
    return _together(decided.keys(), decided, now=now)


def hold_books(book_ids: Collection[int]) -> None:
    """Take books until the transaction ends, for one that clears in them in several steps."""
    for book_id in sorted(book_ids):
        locks.book(book_id)


def hold_caps(*, buyer_ids: Collection[UUID], codes: Collection[str]) -> None:
    """Hold what buyers and the shared caps of programmes leave, for who grants beside clearing."""
    locks.voucher_payers(buyer_ids)
    locks.voucher_caps(codes)


def _together(
    order_ids: Collection[UUID], decided: Mapping[UUID, Decided], *, now: datetime
) -> list[Order]:
    with tenancy.acting_as_platform():
        found = selectors.orders_by_book(order_ids=order_ids)
        for book_id in sorted(found):
            locks.book(book_id)
            if selectors.halt_in_force(book_id=book_id, at=now) is not None:
                return locks.orders(order_ids)
        orders = locks.orders(order_ids)
        named = {each.wanted_listing_id for each in orders if each.wanted_listing_id}
        catalog_services.hold(named | {each.listing_id for each in decided.values()})
        _hold_caps(orders)  # Of all of them at once: rounds that meet never wait in a circle.
        for book_id in sorted(found):
            _in_turns(book_id, [o for o in orders if o.book_id == book_id], decided, now=now)
        return locks.orders(order_ids)


def _in_turns(
    book_id: int, orders: Sequence[Order], decided: Mapping[UUID, Decided], *, now: datetime
) -> None:
    for first in range(0, len(orders), CLEARING_BATCH_MAX):
        some = orders[first : first + CLEARING_BATCH_MAX]
        _round(book_id, some, now=now, is_last_try=True, decided=decided)


def _round(
    book_id: int,
    orders: Sequence[Order],
    *,
    now: datetime,
    is_last_try: bool,
    decided: Mapping[UUID, Decided] | None = None,
) -> isolating.Apart:
    """Clear what was taken, under the book's lock."""
    if not orders:
        return isolating.Apart()
    held_caps = _hold_caps(orders)
    clear = partial(_clear, book_id, now=now, decided=decided, held_caps=held_caps)
    apart = isolating.clear(book_id, orders, clear, is_last_try=is_last_try, now=now)
    if apart.rounds:
        doorbell.ring("orders.cleared")
    return apart


def _hold_caps(orders: Sequence[Order]) -> frozenset[str]:
    """Hold what payers and the shared caps of their programmes leave; return whose those are."""
    payers = {each.buyer_id for each in orders if each.pays_with_vouchers}
    locks.voucher_payers(payers)
    codes = vouchers_selectors.capped_codes(holder_ids=payers) if payers else frozenset()
    locks.voucher_caps(codes)
    return codes


def _told(apart: isolating.Apart, *, is_full: bool) -> Cleared:
    return Cleared(
        round_number=apart.rounds[-1].number if apart.rounds else "",
        cleared=sum(each.cleared_count for each in apart.rounds),
        rejected=sum(each.rejected_count for each in apart.rounds),
        set_aside=apart.set_aside,
        is_full=is_full,
    )


def _clear(
    book_id: int,
    orders: Sequence[Order],
    *,
    now: datetime,
    without: frozenset[UUID] = frozenset(),
    decided: Mapping[UUID, Decided] | None = None,
    held_caps: frozenset[str] = frozenset(),
) -> ClearingRound:
    watch = Stopwatch(now)
    seed = secrets.token_hex(16)
    snapshot = selectors.snapshot(
        book_id=book_id,
        orders=orders,
        at=now,
        seed=seed,
        without=without,
        decided=decided,
        held_caps=held_caps,
    )
    watch.lap(RoundStep.SNAPSHOT)

    result = rules.clear(snapshot)  # Pure: the same snapshot gives the same fills and refusals.
    watch.lap(RoundStep.MATCH)

    late = _allocate(result.fills, at=now)
    watch.lap(RoundStep.ALLOCATE)

    fills = [fill for fill in result.fills if fill.order_id not in late]
    stopped = capping.take(fills, orders, terms=snapshot.instalments, at=now)
    if stopped:
        catalog_services.retract(order_ids=stopped.keys(), at=now)
        late |= stopped
        fills = [fill for fill in fills if fill.order_id not in stopped]
    numbers = {order.pk: order.number for order in orders}
    holds = holding.plan(fills, numbers=numbers, terms=snapshot.instalments, at=now)
    unpaid = holding.post(holds)
    if unpaid:
        catalog_services.retract(order_ids=unpaid.keys(), at=now)
        budgets_services.return_room(unpaid.keys())
    watch.lap(RoundStep.HOLD)

    return recording.record(
        recording.Round(
            book_id=book_id,
            snapshot=snapshot,
            result=result,
            holds=[each for each in holds if each.fill.order_id not in unpaid],
            late=late | unpaid,
            numbers=numbers,
            watch=watch,
        )
    )


def _allocate(fills: Sequence[Fill], *, at: datetime) -> dict[UUID, RefusalCode]:
    """Take capacity for the fills; return those that find it gone since the snapshot."""
    answer = catalog_services.allocate(
        requests=[
            AllocationRequest(
                order_id=fill.order_id,
                listing_id=fill.listing_id,
                period=Period(fill.starts_at, fill.ends_at),
                milli=fill.units_milli,
            )
            for fill in fills
        ],
        at=at,
    )
    return {refused.order_id: RefusalCode(refused.code) for refused in answer.refused}
