"""The list of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from identity.contracts import ResourceClass, Role
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderState
from marketplace.orders.selectors.filters import OrderFilter
from marketplace.portal import figures, names, tags
from marketplace.portal.access import PortalRequest
from marketplace.portal.tables import ListAct, ListColumn, ListTable, Phone, Quick, Shows

OVERSEERS: Final = frozenset({Role.AUDITOR, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order with its path."""

    order: Any
    steps: Any
    at: datetime

    @property
    def pk(self) -> Any:
        """Return the order's identifier."""
        return self.order.pk

    @property
    def title(self) -> str:
        """Return what was ordered: a listing, or what any listing of a book may meet."""
        listing = self.order.listing or self.order.wanted_listing
        if listing:
            return names.named(listing, "title")
        book = self.order.book
        return f"{ResourceClass(book.resource_class).label} · {names.hub(book.hub)}"


def order_lines(orders: Sequence[Any]) -> list[OrderLine]:
    """Return orders with their paths."""
    now = clock.now()
    return [OrderLine(order, steps, now) for order, steps in orders_selectors.order_rows(orders)]


def _cancel(request: PortalRequest, order: Any) -> object:
    return orders_services.cancel_order(
        order_id=order.pk, buyer_id=request.actor.organization_id, now=clock.now()
    )


def _tone(line: OrderLine) -> str:
    if line.order.needs_review:
        return "attn"
    return "fail" if line.order.state == OrderState.REJECTED else ""


def _length(line: OrderLine) -> str:
    return figures.duration(int((line.order.ends_at - line.order.starts_at).total_seconds()))


ORDERS: Final = ListTable(
    name="orders",
    title=_("Orders"),
    filters=OrderFilter,
    columns=(
        ListColumn(
            "number",
            _("Order number"),
            value=lambda line: line.order.number,
            below=lambda line: line.title,
            link=lambda line: reverse("portal:order", args=[line.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "title", _("What"), value=lambda line: line.title, phone=Phone.HIDDEN, is_on=False
        ),
        ListColumn(
            "buyer",
            _("Buyer"),
            Shows.PARTY,
            value=lambda line: names.named(line.order.buyer),
            roles=OVERSEERS | {Role.PROVIDER},
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda line: line.order.provider and names.named(line.order.provider),
            roles=OVERSEERS | {Role.BUYER},
        ),
        ListColumn(
            "project",
            _("Project"),
            value=lambda line: line.order.project and line.order.project.name,
            roles=OVERSEERS | {Role.BUYER},
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "placed",
            _("Placed"),
            Shows.TIME,
            value=lambda line: line.order.placed_at,
            sort=("id",),
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "starts",
            _("Start"),
            Shows.TIME,
            value=lambda line: line.order.starts_at,
            below=_length,
            sort=("starts_at",),
        ),
        ListColumn(
            "ends",
            _("End"),
            Shows.TIME,
            value=lambda line: line.order.ends_at,
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "length",
            _("Length"),
            value=_length,
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "standard_hours",
            _("Standard hours"),
            Shows.QUANTITY,
            value=lambda line: line.order.standard_hours,
        ),
        ListColumn(
            "gross",
            _("Amount"),
            Shows.MONEY,
            value=lambda line: line.order.gross_minor,
            sort=("gross_minor",),
            is_strong=True,
            total=True,
        ),
        ListColumn(
            "voucher",
            _("In vouchers"),
            Shows.MONEY,
            value=lambda line: line.order.voucher_minor or None,
            tone="voucher",
            phone=Phone.HIDDEN,
            total=True,
        ),
        ListColumn(
            "cash",
            _("In cash"),
            Shows.MONEY,
            value=lambda line: line.order.cash_minor,
            phone=Phone.HIDDEN,
            is_on=False,
            total=True,
        ),
        ListColumn(
            "path",
            _("Path"),
            value=lambda line: ", ".join(str(s.label) for s in line.steps if s.state == "done"),
            template="portal/list/order_path.html",
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: tags.of_order(line.order, at=line.at),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("open", _("Under way"), {"state": (OrderState.PLACED, OrderState.CLEARED)}),
        Quick("settled", _("Settled"), {"state": (OrderState.SETTLED,)}),
        Quick(
            "failed", _("Not carried out"), {"state": (OrderState.REJECTED, OrderState.CANCELLED)}
        ),
    ),
    acts=(
        ListAct(
            "cancel",
            _("Cancel orders"),
            _cancel,
            told=_(
                "Each order that has not started is cancelled, and everything held for it returns"
                " at once. Those that have started are left as they are."
            ),
            icon="x",
            roles=frozenset({Role.BUYER}),
        ),
    ),
    shown_filters=(
        "state",
        "project",
        "placed_from",
        "placed_until",
        "starts_from",
        "starts_until",
        "amount_from",
        "amount_to",
    ),
    tone=_tone,
    row_label=lambda line: line.order.number,
)
