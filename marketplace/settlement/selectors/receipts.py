"""Receipts without lines: of what was never delivered, with the reason."""

from typing import Any
from uuid import UUID

from common import tenancy
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import FulfilmentState
from marketplace.settlement.selectors.reading import charges_of_order


def receipt_of(order_id: UUID) -> dict[str, Any] | None:
    """
    Return the receipt of an order that was not delivered: no line, a sum of 0, and the reason.

    Nothing where it was or may be delivered, is charged by the clock, or anything was charged.
    Whether the reader may see the order is for the caller to ask.
    """
    with tenancy.acting_as_platform():
        found = fulfilment_selectors.delivery_of_order(order_id)
        if found is None or found.state != FulfilmentState.FAILED:
            return None
        if charges_of_order(order_id).exists():
            return None
    return {
        "lines": [],
        "total_minor": 0,
        "reason": str(found.reason),
        "delivery_id": found.pk,
        "closed_at": found.changed_at,
    }
