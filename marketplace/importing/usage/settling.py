"""What an import measured is charged and settled, by the import's clock and for it alone."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common import tenancy
from marketplace.importing.usage.contracts import Imported, Progress, UndoneLine
from marketplace.importing.usage.readings import close_own_windows
from marketplace.importing.usage.runs import patiently
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import REFUSAL_SENTENCES, OrderState
from marketplace.orders.rows import OrderRow
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement import services as settlement_services

SETTLING_BATCH: Final = 1_000
ATTEMPTS_MAX: Final = 50  # without progress
ATTEMPT_SECONDS: Final = 0.1
NOT_CLEARED: Final = "not_cleared"
NOT_SETTLED: Final = "not_settled"
BILLED_NOTHING: Final = "runs billed nothing: free, or less than half a fen"
WAITING: Final = frozenset({NOT_CLEARED, NOT_SETTLED})


@dataclass(frozen=True, slots=True)
class Clock:
    """
    The import's clock: `until` is past every window and grace of the file.

    A file that ended a moment ago has an `until` in the future; nothing is booked there.
    """

    now: datetime
    until: datetime

    @property
    def at(self) -> datetime:
        """Return when what the import does is booked."""
        return min(self.until, self.now)


def settle_orders(
    cleared: Sequence[OrderRow], clock: Clock, imported: Imported, progress: Progress
) -> None:
    """Charge and settle orders, trying again while it gets on."""
    ids = sorted(order.pk for order in cleared)
    resources = {order.listing.resource_id for order in cleared if order.listing is not None}
    for start in range(0, len(ids), SETTLING_BATCH):
        batch = ids[start : start + SETTLING_BATCH]
        left, attempts = len(batch), 0
        while left and attempts < ATTEMPTS_MAX:
            close_own_windows(resources, clock.at, imported)
            _charge(batch, clock)
            _settle(batch, clock)
            before, left = left, _open(batch)
            attempts = 0 if left < before else attempts + 1
            if left == before:
                time.sleep(ATTEMPT_SECONDS)
        progress("contracts", start + len(batch), len(ids))


def _charge(order_ids: Collection[UUID], clock: Clock) -> None:
    while patiently(
        lambda: settlement_services.charge_due(now=clock.at, order_ids=order_ids)
    ).is_full:
        continue


def _settle(order_ids: Collection[UUID], clock: Clock) -> None:
    patiently(
        lambda: settlement_services.settle_due(
            now=clock.at, order_ids=order_ids, due_by=clock.until, limit=SETTLING_BATCH
        )
    )


def _open(order_ids: Collection[UUID]) -> int:
    with tenancy.acting_as_platform():
        return orders_selectors.orders().filter(pk__in=order_ids, state=OrderState.CLEARED).count()


def name_undone(
    orders: Sequence[OrderRow], line_of: Mapping[UUID, int], imported: Imported
) -> None:
    """Name the lines whose orders were not settled, with the reason."""
    for order in orders:
        code, detail = _reason(order)
        if code:
            imported.undone.append(UndoneLine(line_of[order.pk], order.number, code, detail))


def _reason(order: OrderRow) -> tuple[str, str]:
    """Return why an order is not settled; nothing if it is."""
    if order.state == OrderState.SETTLED:
        return "", ""
    if order.state == OrderState.REJECTED:
        sentence = REFUSAL_SENTENCES.get(order.refusal_code, order.refusal_code)
        return order.refusal_code, str(sentence)
    if order.state == OrderState.CANCELLED:
        return "cancelled", "the buyer cancelled the order"
    if order.state == OrderState.PLACED:
        return NOT_CLEARED, _checked(
            order.review_code, order.review_detail
        ) or "not cleared: run the import again"
    with tenancy.acting_as_platform():
        contract = settlement_selectors.contract_of_order(order.pk)
    stuck = contract.refusal_code if contract is not None else ""
    waits = "use of it is not measured yet, or waits for a decision"
    checked = _checked(contract.review_code, contract.review_detail) if contract is not None else ""
    return NOT_SETTLED, checked or (f"charging is stuck: {stuck}" if stuck else waits)


def _checked(code: str, detail: str) -> str:
    """Return why a row waits for a check; nothing if it does not."""
    return f"it waits for a check (needs_review): {code} {detail}" if code else ""


def sum_up(order_ids: Sequence[UUID], unused: Collection[UUID], imported: Imported) -> None:
    """Read the figures back from the contracts: they are what the market says, not this run."""
    for totals in settlement_selectors.totals_of_orders(order_ids):
        imported.charges += totals.charges
        imported.contracts_settled += totals.is_settled
        imported.contracts_open += not totals.is_settled
        imported.rated_minor += totals.rated_minor
        imported.gross_minor += totals.gross_minor
        imported.fee_minor += totals.fee_minor
        imported.uncollected_minor += totals.rated_minor - totals.gross_minor
        imported.released_minor += totals.released_minor
        if totals.order_id in unused:
            imported.unused_billed_minor += totals.gross_minor
        elif totals.charges and not totals.rated_minor:
            imported.note(BILLED_NOTHING)
