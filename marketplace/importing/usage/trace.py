"""Pods and jobs: each becomes an order, is cleared in its turn, measured, charged and settled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from marketplace.importing.contracts import BadRow, StepRow, UsageRow
from marketplace.importing.usage import runs
from marketplace.importing.usage.contracts import Imported, ImportPlan, Progress
from marketplace.importing.usage.ledger_check import add_ledger
from marketplace.importing.usage.placing import place_and_clear
from marketplace.importing.usage.prepaying import prepay
from marketplace.importing.usage.readings import measure_use
from marketplace.importing.usage.settling import WAITING, Clock, name_undone, settle_orders, sum_up
from marketplace.importing.usage.turns import (
    LineTurn,
    known_orders,
    line_turns,
    without_other_rows,
)
from marketplace.orders.contracts import OrderState
from marketplace.orders.rows import OrderRow

GRACE: Final = timedelta(days=2)  # past every window and its grace


def import_trace(
    rows: Iterable[UsageRow | StepRow | BadRow], *, plan: ImportPlan, progress: Progress
) -> Imported:
    """
    Take a trace through the market in the order in which its lines were asked for.

    Safe to run again, and beside a market that is served: orders, readings and the deposit carry
    keys made of source and row, sweepers leave the orders to the import, and what broke off is
    finished. It returns once every order is settled, or names those that are not.

    :raises ImportBusy: if another import of the source is at work
    """
    imported = Imported()
    with runs.at_work(plan.file, plan.buyer_id):
        run_id = runs.start(plan.file, plan.buyer_id, now=plan.now)
        found = list(line_turns(rows, plan, imported))
        known = known_orders(plan, [turn.wish.key for turn in found])
        found = without_other_rows(found, known, plan, imported)
        if found:
            prepay(plan)
            place_and_clear(found, known, plan, run_id, imported, progress)
            _deliver(found, plan, imported, progress)
        add_ledger(imported)
        imported.count_lines()
        is_whole = not any(each.code in WAITING for each in imported.undone)
        runs.finish(run_id, imported, is_whole=is_whole, now=plan.now)
    return imported


def _deliver(
    found: Sequence[LineTurn], plan: ImportPlan, imported: Imported, progress: Progress
) -> None:
    """Measure, charge and settle what was cleared."""
    turn_of = {turn.wish.key: turn for turn in found}
    orders = list(known_orders(plan, list(turn_of)).values())
    _count(orders, turn_of, imported)
    clock = Clock(now=plan.now, until=max(turn.wish.period.ends_at for turn in found) + GRACE)
    cleared = [order for order in orders if order.state == OrderState.CLEARED]
    unread = measure_use(
        [(order, turn_of[order.key].row) for order in cleared],
        source=plan.file.source,
        imported=imported,
        progress=progress,
    )
    settle_orders([order for order in cleared if order.pk not in unread], clock, imported, progress)
    ended = list(known_orders(plan, list(turn_of)).values())
    line_of = {order.pk: turn_of[order.key].row.line for order in ended}
    name_undone(ended, line_of, imported)
    unused = {order.pk for order in ended if turn_of[order.key].row.starts_at is None}
    sum_up([order.pk for order in ended], unused, imported)


def _count(orders: Sequence[OrderRow], turn_of: Mapping[str, LineTurn], imported: Imported) -> None:
    for order in orders:
        if order.state == OrderState.REJECTED:
            imported.reject(order.refusal_code)
        elif order.state in (OrderState.CLEARED, OrderState.SETTLED):
            imported.orders_cleared += 1
            imported.orders_unused += turn_of[order.key].row.starts_at is None
