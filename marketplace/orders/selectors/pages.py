"""Orders as people look at them: path, round, price and entries together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

from marketplace.orders.contracts import REFUSAL_SENTENCES, REVIEW_SENTENCE, OrderState
from marketplace.orders.models import Order
from marketplace.orders.selectors.entries import (
    LedgerLine,
    LedgerTotal,
    ledger_lines,
    ledger_totals,
)
from marketplace.orders.selectors.listing import order as find_order
from marketplace.orders.selectors.panels import ClearingPanel, clearing_panel
from marketplace.orders.selectors.paths import PathStep, steps
from marketplace.orders.selectors.prices import Breakdown, breakdown


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything that an order's page shows."""

    order: Order
    steps: tuple[PathStep, ...]
    panel: ClearingPanel | None
    breakdown: Breakdown
    ledger_lines: tuple[LedgerLine, ...]
    refusal: str | Promise
    review: str | Promise
    is_cancellable: bool
    at: datetime

    @property
    def ledger_totals(self) -> list[LedgerTotal]:
        """Return both columns' sums of each kind of entry: what is held is not yet paid."""
        return ledger_totals(self.ledger_lines)

    @property
    def is_balanced(self) -> bool:
        """Return whether debits equal credits in every kind of entry, as far as the reader sees."""
        return all(total.debit_minor == total.credit_minor for total in self.ledger_totals)

    @property
    def is_moving(self) -> bool:
        """Return whether the page should ask again soon."""
        return self.order.state in (OrderState.PLACED, OrderState.CLEARED)


def order_page(
    *,
    order_id: UUID,
    at: datetime,
    organization_id: UUID | None = None,
    groups: Collection[UUID] = (),
    with_entries: bool = True,
) -> OrderPage:
    """
    Return an order's page; `groups` adds ledger transfers that rooms above know of.

    Who does not show the entries need not have them read.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    """
    order = find_order(order_id=order_id, organization_id=organization_id)
    covers = list(order.covers.order_by("id"))
    return OrderPage(
        order=order,
        steps=tuple(steps(order)),
        panel=clearing_panel(order),
        breakdown=breakdown(order, covers),
        ledger_lines=tuple(ledger_lines(order, groups=groups)) if with_entries else (),
        refusal=REFUSAL_SENTENCES.get(order.refusal_code, order.refusal_code),
        review=REVIEW_SENTENCE if order.needs_review else "",
        is_cancellable=is_cancellable(order, at=at),
        at=at,
    )


def order_rows(found: Iterable[Order]) -> list[tuple[Order, tuple[PathStep, ...]]]:
    """Return orders of a list with their paths, without another query."""
    return [(each, tuple(steps(each))) for each in found]


def is_cancellable(order: Order, *, at: datetime) -> bool:
    """
    Return whether the buyer may still cancel: before the start.

    An order that was set aside holds nothing, and nobody else would ever end it: it may be
    cancelled later, too.
    """
    if order.state == OrderState.PLACED and order.needs_review:
        return True
    return order.state in (OrderState.PLACED, OrderState.CLEARED) and at < order.starts_at
