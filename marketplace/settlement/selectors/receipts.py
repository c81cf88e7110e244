"""Receipts without lines: of what was never delivered, with the reason."""

from typing import Any
from uuid import UUID

from common import tenancy
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import FulfilmentState
from marketplace.settlement.models import EmptyReceipt
from marketplace.settlement.selectors.reading import charges_of_order


def receipt_of(order_id: UUID) -> dict[str, Any] | None:
    """
    Return the receipt of an order that was not delivered: no line, a sum of 0, and the reason.

    Its number and hash are there once the order is over. Nothing where it was or may be delivered,
    is charged by the clock, or anything was charged.
    Whether the reader may see the order is for the caller to ask.
    """
    with tenancy.acting_as_platform():
        found = fulfilment_selectors.delivery_of_order(order_id)
        if found is None or found.state != FulfilmentState.FAILED:
            return None
        if charges_of_order(order_id).exists():
            return None
        written = EmptyReceipt.objects.filter(order_id=order_id).first()
    return {
        "lines": [],
        "total_minor": 0,
        "reason": str(found.reason),
        "delivery_id": found.pk,
        "closed_at": found.changed_at,
        "number": written and written.number,
        "content_hash": written and written.content_hash,
    }


def written_receipt(order_id: UUID) -> EmptyReceipt | None:
    """Return the numbered receipt of an order that came to nothing; none until it is over."""
    return EmptyReceipt.objects.filter(order_id=order_id).first()
