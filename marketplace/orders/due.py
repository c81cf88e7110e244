"""The work of orders that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.orders import selectors
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import DUE, Order


def _placed(now: datetime) -> Due:
    halted = selectors.halted_books(at=now)  # What waits there is nobody's work.
    due = Order.objects.filter(DUE, placed_at__lte=now).exclude(book_id__in=halted)
    return count_rows(due.order_by("book", "placed_at", "id"), "placed_at")


def _begun(now: datetime) -> Due:
    begun = Order.objects.filter(
        state=OrderState.CLEARED,
        provisioned_at__isnull=True,
        starts_at__lte=now,
        import_run__isnull=True,
    )
    return count_rows(begun.order_by("starts_at", "id"), "starts_at")


WORK: Final = (
    DueWork("orders", _("Orders to clear"), _placed),
    DueWork("starts", _("Orders that begin"), _begun),
)
