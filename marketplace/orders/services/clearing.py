"""Clearing a book: one pure rule between two handfuls of set-based statements."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from common import tenancy
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import AllocationRequest
from marketplace.orders import doorbell, locks, rules, selectors
from marketplace.orders.contracts import Cleared, Fill, RefusalCode, RoundStep
from marketplace.orders.models import ClearingRound, Order
from marketplace.orders.services import holding, recording
from marketplace.orders.stopwatch import Stopwatch

CLEARING_BATCH_MAX: Final = 500


def clear_book(*, book_id: int, now: datetime, limit: int = CLEARING_BATCH_MAX) -> Cleared:
    """
    Fill the placed orders of one book, or reject them with their reasons, in one transaction.

    A book that another worker is clearing is left alone: the other will find these orders, too.
    """
    with tenancy.acting_as_platform():
        if not locks.try_book(book_id):
            return Cleared()
        orders = locks.placed_orders(book_id=book_id, until=now, limit=limit)
        return _round(book_id, orders, now=now, limit=limit)


def clear_imported(*, book_id: int, order_ids: Collection[UUID], now: datetime) -> Cleared:
    """
    Fill or reject those of some imported orders that wait in a book, by the import's own clock.

    It waits for who is clearing the book, and takes no other order with it.
    """
    assert len(order_ids) <= CLEARING_BATCH_MAX
    with tenancy.acting_as_platform():
        locks.book(book_id)
        orders = locks.imported_orders(book_id=book_id, order_ids=order_ids)
        return _round(book_id, orders, now=now, limit=CLEARING_BATCH_MAX + 1)


def _round(book_id: int, orders: Sequence[Order], *, now: datetime, limit: int) -> Cleared:
    """Clear what was taken, under the book's lock."""
    if not orders:
        return Cleared()
    locks.voucher_payers({each.buyer_id for each in orders if each.pays_with_vouchers})
    cleared = _clear(book_id, orders, now=now)
    doorbell.ring_settlement()
    return Cleared(
        round_number=cleared.number,
        cleared=cleared.cleared_count,
        rejected=cleared.rejected_count,
        is_full=len(orders) >= limit,
    )


def _clear(book_id: int, orders: Sequence[Order], *, now: datetime) -> ClearingRound:
    watch = Stopwatch(now)
    seed = secrets.token_hex(16)
    snapshot = selectors.snapshot(book_id=book_id, orders=orders, at=now, seed=seed)
    watch.lap(RoundStep.SNAPSHOT)

    result = rules.clear(snapshot)  # Pure: the same snapshot gives the same fills and refusals.
    watch.lap(RoundStep.MATCH)

    late = _allocate(result.fills, at=now)
    watch.lap(RoundStep.ALLOCATE)

    fills = [fill for fill in result.fills if fill.order_id not in late]
    numbers = {order.pk: order.number for order in orders}
    holds = holding.plan(fills, numbers=numbers, at=now)
    unpaid = holding.post(holds)
    if unpaid:
        catalog.retract(order_ids=unpaid.keys(), at=now)
    watch.lap(RoundStep.HOLD)

    return recording.record(
        recording.Round(
            book_id=book_id,
            snapshot=snapshot,
            result=result,
            holds=[each for each in holds if each.fill.order_id not in unpaid],
            late=late | unpaid,
            watch=watch,
        )
    )


def _allocate(fills: Sequence[Fill], *, at: datetime) -> dict[UUID, RefusalCode]:
    """Take capacity for the fills; return those that find it gone since the snapshot."""
    answer = catalog.allocate(
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
