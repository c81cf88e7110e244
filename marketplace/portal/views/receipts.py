"""The receipt of an order that came to nothing, in the reader's language."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from identity.contracts import CapacityUnit
from marketplace.fulfilment.contracts import DeliveryReason
from marketplace.orders import receipts as orders_receipts
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.order_page import whose_orders
from marketplace.portal.views.orders import ORDER_READERS
from marketplace.settlement.selectors.receipts import written_receipt


@page(*ORDER_READERS)
@require_safe
def order_receipt(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Show that nothing was delivered of an order, why, and so that nothing is due."""
    order = orders_selectors.order_page(
        order_id=order_id,
        at=clock.now(),
        organization_id=whose_orders(request.actor),
        with_entries=False,
    ).order
    told = orders_receipts.empty_receipt(order_id)
    if told is None:
        raise Http404
    written = written_receipt(order_id)
    listing, provider = order.listing, order.provider
    assert listing is not None  # It cleared, or nothing was to be delivered.
    assert provider is not None
    unit = names.unit(CapacityUnit(listing.capacity_unit), is_one=order.units_milli == 1000)
    amount = f"{figures.grouped(Decimal(order.units_milli).scaleb(-3))} {unit}"
    head = desk.Head(
        written.number if written else _("Receipt"),
        _("Nothing was delivered, and nothing is charged: a receipt without lines."),
        crumbs=[(order.number, reverse("portal:order", args=[order_id]))],
        links=[
            desk.Link("PDF", reverse("portal:order-paper", args=[order_id]), "download"),
            desk.Link(
                _("For programs"),
                reverse("portal:order-charges-file", args=[order_id]),
                "file-text",
            ),
        ],
    )
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Order"), desk.Cell(order.number, names.named(listing, "title"))),
        (_("Buyer"), desk.Cell(names.named(order.buyer), order.buyer.uscc)),
        (_("Provider"), desk.Cell(names.named(provider), provider.uscc)),
        (_("Capacity"), desk.Cell(amount)),
        (_("From"), desk.Cell(figures.moment(order.starts_at))),
        (_("Until"), desk.Cell(figures.moment(order.ends_at))),
        (_("Reason"), desk.Cell(DeliveryReason(told["reason"]).label)),
        (_("Failed at"), desk.Cell(figures.moment(told["closed_at"]))),
        (_("Lines"), desk.Cell("0")),
        (_("Total"), desk.Cell(figures.money(0))),
    ]
    if written:
        pairs.append((_("Issued"), desk.Cell(figures.moment(written.issued_at))))
        digest = written.content_hash
        pairs.append((_("Hash"), desk.Cell(digest[:16], is_code=True, copied=digest)))
    blocks: list[Any] = []
    if not written:
        note = _("It gets its number once the order is over, and what is held has returned.")
        blocks.append(desk.Note(note))
    return desk.show(request, head, [*blocks, desk.Facts(_("Receipt"), pairs)])
