"""Orders of a trace are placed and cleared, batch by batch, in the order of time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from common import tenancy
from common.errors import Refusal
from marketplace.importing.usage.contracts import (
    Imported,
    ImportPlan,
    LineEnd,
    Progress,
    UndoneLine,
)
from marketplace.importing.usage.runs import patiently
from marketplace.importing.usage.turns import LineTurn
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderState
from marketplace.orders.rows import OrderRow

PLACING_BATCH: Final = 500
# One clock stands for a batch, and no order may begin more than a year after it was placed.
BATCH_SPAN_MAX: Final = timedelta(days=180)


def place_and_clear(
    turns: Sequence[LineTurn],
    known: Mapping[str, OrderRow],
    plan: ImportPlan,
    run_id: UUID,
    imported: Imported,
    progress: Progress,
) -> None:
    """Place what is new, and clear what is new or was left by an import that broke off."""
    done = 0
    for batch in _batches(turns):
        # One clock for the batch: that of its first line, since no order is placed after it began.
        at = batch[0].placed_at
        new = [turn for turn in batch if turn.wish.key not in known]
        imported.orders_known += len(batch) - len(new)
        waiting = _place(new, plan, run_id, at, imported) if new else []
        waiting += [
            order
            for turn in batch
            if (order := known.get(turn.wish.key)) and order.state == OrderState.PLACED
        ]
        _clear(waiting, at)
        done += len(batch)
        progress("orders", done, len(turns))


def _batches(turns: Sequence[LineTurn]) -> Iterator[list[LineTurn]]:
    batch: list[LineTurn] = []
    for turn in sorted(turns, key=lambda each: (each.placed_at, each.row.line)):
        is_far = batch and turn.wish.period.starts_at - batch[0].placed_at > BATCH_SPAN_MAX
        if is_far or len(batch) == PLACING_BATCH:
            yield batch
            batch = []
        batch.append(turn)
    if batch:
        yield batch


def _place(
    batch: Sequence[LineTurn], plan: ImportPlan, run_id: UUID, at: datetime, imported: Imported
) -> list[OrderRow]:
    """Place a batch; halve it until the orders that are refused stand alone."""
    try:
        placed = patiently(lambda: _place_together(batch, plan, run_id, at))
    except Refusal as refusal:
        if len(batch) == 1:
            line = batch[0].row.line
            imported.reject(refusal.code)
            imported.undone.append(UndoneLine(line, "", refusal.code, str(refusal)))
            imported.end(line, LineEnd.REFUSED)
            return []
        middle = len(batch) // 2
        return [
            order
            for half in (batch[:middle], batch[middle:])
            for order in _place(half, plan, run_id, at, imported)
        ]
    imported.orders_placed += len(placed)
    for turn in batch:
        imported.end(turn.row.line, LineEnd.IN)
    return list(placed)


def _place_together(
    batch: Sequence[LineTurn], plan: ImportPlan, run_id: UUID, at: datetime
) -> list[OrderRow]:
    with tenancy.acting_as(plan.buyer_id):
        placed = orders_services.place_orders(
            buyer_id=plan.buyer_id,
            wishes=[turn.wish for turn in batch],
            placed_at=at,
            import_run_id=run_id,
        )
        line_of = {turn.wish.key: turn.imported_line for turn in batch}
        orders_services.remember_lines(
            run_id=run_id, lines={order.pk: line_of[order.key] for order in placed}
        )
    return list(placed)


def _clear(waiting: Sequence[OrderRow], at: datetime) -> None:
    """Clear these orders and no others, whoever else clears their books meanwhile."""
    for book_id in sorted({order.book_id for order in waiting}):
        own = [order.pk for order in waiting if order.book_id == book_id]
        patiently(partial(_clear_book, book_id, own, at))


def _clear_book(book_id: int, order_ids: Sequence[UUID], at: datetime) -> None:
    orders_services.clear_imported(book_id=book_id, order_ids=order_ids, now=at)
