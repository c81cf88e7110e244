"""Pods and jobs: each becomes an order, is cleared in its turn, measured, charged and settled."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from common import tenancy
from common.errors import Refusal
from marketplace.orders import selectors as order_selectors
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderState, OrderWish
from marketplace.orders.models import Order
from marketplace.settlement import selectors, services
from marketplace.settlement.importing.contracts import Imported, ImportPlan, Progress
from marketplace.settlement.importing.ledger_check import add_ledger
from marketplace.settlement.importing.readings import close_windows, measure
from marketplace.settlement.importing.wishes import placed_at, wish_of
from metering.contracts import BadRow, UsageRow

PLACING_BATCH: Final = 500
GRACE: Final = timedelta(days=2)  # past every window and its grace
RETRIES_MAX: Final = 100
RETRY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Turn:
    """A line with the order that it stands for."""

    row: UsageRow
    wish: OrderWish
    placed_at: datetime


def import_trace(
    rows: Sequence[UsageRow | BadRow], *, plan: ImportPlan, progress: Progress
) -> Imported:
    """
    Take a trace through the market in the order in which its lines were asked for.

    Safe to run again: orders, readings and the deposit carry keys made of the file's name.
    """
    imported = Imported(rows=len(rows))
    turns = list(_turns(rows, plan, imported))
    if not turns:
        add_ledger(imported)
        return imported
    _fund(plan)
    _place_and_clear(turns, plan, imported, progress)
    row_of = {turn.wish.key: turn.row for turn in turns}
    found = _orders(plan, list(row_of))
    _count(found, row_of, imported)

    until = max(turn.wish.period.ends_at for turn in turns) + GRACE
    measure(
        [(order, row_of[order.key]) for order in found if order.state == OrderState.CLEARED],
        name=plan.name,
        imported=imported,
        progress=progress,
    )
    close_windows(until, imported)
    _settle(found, until, imported, progress)
    _sum_up(found, row_of, imported)
    add_ledger(imported)
    return imported


def _turns(
    rows: Sequence[UsageRow | BadRow], plan: ImportPlan, imported: Imported
) -> Iterator[Turn]:
    """Yield the lines that become orders; note the others."""
    seen: set[str] = set()
    for row in rows:
        if isinstance(row, BadRow):
            imported.refuse(row.line, row.code, row.detail)
            continue
        wish = wish_of(row, name=plan.name, hub=plan.hub)
        if row.subject_name in seen:
            imported.refuse(row.line, "duplicate_name", row.subject_name)
        elif wish is None:
            imported.never_started += 1
        elif wish.period.ends_at > plan.now:
            imported.refuse(row.line, "in_future", "choose an earlier --epoch")
        else:
            seen.add(row.subject_name)
            yield Turn(row, wish, placed_at(row, wish.period))


def _fund(plan: ImportPlan) -> None:
    if plan.deposit_minor:
        orders.record_deposit(
            organization_id=plan.buyer_id,
            amount_minor=plan.deposit_minor,
            reference=f"import {plan.name} {plan.buyer_id}",
            recorded_by_id=plan.person_id,
            now=plan.now,
        )


def _place_and_clear(
    turns: list[Turn], plan: ImportPlan, imported: Imported, progress: Progress
) -> None:
    """Place and clear in batches, in the order of time."""
    turns.sort(key=lambda turn: (turn.placed_at, turn.row.line))
    for start in range(0, len(turns), PLACING_BATCH):
        batch = turns[start : start + PLACING_BATCH]
        # One clock for the batch: that of its first line, since no order is placed after it began.
        at = batch[0].placed_at
        placed = _place(batch, plan.buyer_id, at, imported)
        for book_id in sorted({order.book_id for order in placed}):
            while orders.clear_book(book_id=book_id, now=at).is_full:
                continue
        progress("orders", start + len(batch), len(turns))


def _place(batch: Sequence[Turn], buyer_id: UUID, at: datetime, imported: Imported) -> list[Order]:
    """Place a batch; halve it until the orders that are refused stand alone."""
    known = len(_orders_by_key(buyer_id, [turn.wish.key for turn in batch]))
    try:
        with tenancy.acting_as(buyer_id):
            placed = orders.place_orders(
                buyer_id=buyer_id, wishes=[turn.wish for turn in batch], placed_at=at
            )
    except Refusal as refusal:
        if len(batch) == 1:
            imported.reject(refusal.code)
            return []
        middle = len(batch) // 2
        return [
            order
            for half in (batch[:middle], batch[middle:])
            for order in _place(half, buyer_id, at, imported)
        ]
    imported.orders_known += known
    imported.orders_placed += len(placed) - known
    return placed


def _orders(plan: ImportPlan, keys: Sequence[str]) -> list[Order]:
    return [
        order
        for start in range(0, len(keys), 2_000)
        for order in _orders_by_key(plan.buyer_id, keys[start : start + 2_000])
    ]


def _orders_by_key(buyer_id: UUID, keys: Sequence[str]) -> list[Order]:
    with tenancy.acting_as_platform():
        return list(order_selectors.orders(buyer_id=buyer_id).filter(key__in=keys))


def _count(found: Sequence[Order], row_of: dict[str, UsageRow], imported: Imported) -> None:
    for order in found:
        if order.state == OrderState.REJECTED:
            imported.reject(order.refusal_code)
        elif order.state in (OrderState.CLEARED, OrderState.SETTLED):
            imported.orders_cleared += 1
            imported.orders_unused += row_of[order.key].starts_at is None


def _settle(
    found: Sequence[Order], until: datetime, imported: Imported, progress: Progress
) -> None:
    """Charge and settle until nothing is left; sweepers of a running market may do a part."""
    order_ids = [order.pk for order in found]
    total = selectors.open_contracts_of(order_ids) + _uncontracted(found)
    for _attempt in range(RETRIES_MAX):
        charged = services.charge_due(now=until)
        while charged.is_full:
            progress("charges", imported.charges, imported.usage_records)
            charged = services.charge_due(now=until)
        while services.settle_due(now=until).is_full:
            progress("contracts", total - selectors.open_contracts_of(order_ids), total)
        imported.contracts_open = selectors.open_contracts_of(order_ids)
        if not imported.contracts_open and not charged.opened:
            return
        time.sleep(RETRY_SECONDS)


def _uncontracted(found: Sequence[Order]) -> int:
    return sum(order.state == OrderState.CLEARED for order in found)


def _sum_up(found: Sequence[Order], row_of: dict[str, UsageRow], imported: Imported) -> None:
    """Read the figures back from the contracts: they are what the market says, not this run."""
    unused = {order.pk for order in found if row_of[order.key].starts_at is None}
    for totals in selectors.totals_of_orders([order.pk for order in found]):
        imported.charges += totals.charges
        imported.contracts_settled += totals.is_settled
        imported.rated_minor += totals.rated_minor
        imported.gross_minor += totals.gross_minor
        imported.fee_minor += totals.fee_minor
        imported.uncollected_minor += totals.rated_minor - totals.gross_minor
        imported.released_minor += totals.released_minor
        if totals.order_id in unused:
            imported.unused_billed_minor += totals.gross_minor
