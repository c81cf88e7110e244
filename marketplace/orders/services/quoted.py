"""Quotes are ordered at once: a second order at the same one is refused."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order

# Of an order that came to nothing the quote may be used again.
UNUSED: Final = (OrderState.REJECTED, OrderState.CANCELLED)


class QuoteUsed(Refusal):
    """An order stands at the quote already."""

    code = "quote_used"
    sentence = _("This quote was used: order %(order)s stands at it.")


def used_quotes(quote_ids: Collection[UUID], *, buyer_id: UUID) -> dict[UUID, str]:
    """
    Return which quotes of a buyer were used, each with the number of the order that stands at it.

    Quotes and orders are numbered in time: only what was placed since they were made is read.
    """
    if not quote_ids:
        return {}
    since = Order.objects.filter(
        buyer_id=buyer_id, pk__gt=min(quote_ids), quote_id__in=quote_ids
    ).exclude(state__in=UNUSED)
    found = since.values_list("quote_id", "number")
    return {quote_id: number for quote_id, number in found if quote_id is not None}
