"""Receipts without lines: one of each order of which nothing was delivered, once it is over."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from common import tenancy
from common.canonical import content_hash
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.limits import take_turns
from marketplace.orders.contracts import OrderState
from marketplace.settlement import records, telling
from marketplace.settlement.models import Charge, EmptyReceipt
from marketplace.settlement.numbering import next_sequence

RECEIPTS_MAX: Final = 500


@transaction.atomic
def issue_receipts(*, now: datetime, limit: int = RECEIPTS_MAX) -> int:
    """
    Write the receipts of orders that never ran and are over, numbered without gaps.

    An order is over once it was called off, or its contract is settled; one of which a charge
    tells, be it of nothing, has that. Return how many were written.
    """
    with tenancy.acting_as_platform():
        if not without_receipts().exists():
            return 0
        take_turns("settlement.receipts")  # Asked again behind whoever writes at this moment.
        found = list(without_receipts().order_by("changed_at", "pk")[:limit])
        if not found:
            return 0
        sequence = next_sequence(EmptyReceipt)
        made = [_receipt(each, sequence + place, now=now) for place, each in enumerate(found)]
        EmptyReceipt.objects.bulk_create(made)
        telling.of_receipts(made)
    return len(made)


def without_receipts() -> QuerySet[Any]:
    """Return the deliveries that failed of orders that are over and have no receipt yet."""
    order = OuterRef("order_id")
    return fulfilment_selectors.never_ran().filter(
        ~Exists(EmptyReceipt.objects.filter(order_id=order)),
        ~Exists(Charge.objects.filter(contract__order_id=order)),
        order__state__in=(OrderState.CANCELLED, OrderState.SETTLED),
    )


def _receipt(delivery: Any, sequence: int, *, now: datetime) -> EmptyReceipt:
    order = delivery.order
    made = EmptyReceipt(
        sequence=sequence,
        number=f"ER-{sequence:08d}",
        order=order,
        order_number=delivery.order_number,
        delivery=delivery,
        buyer=delivery.buyer,
        buyer_uscc=delivery.buyer.uscc,
        buyer_name=delivery.buyer.name,
        provider=delivery.provider,
        provider_uscc=delivery.provider.uscc,
        provider_name=delivery.provider.name,
        identifier=order.listing.resource.identifier,
        units_milli=order.units_milli,
        starts_at=delivery.starts_at,
        ends_at=delivery.ends_at,
        reason=delivery.reason,
        failed_at=delivery.changed_at,
        issued_at=now,
    )
    made.content_hash = content_hash(records.receipt_content(made))
    return made
