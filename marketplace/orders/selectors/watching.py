"""Orders as surveillance sees them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order

FILLED = (OrderState.CLEARED, OrderState.SETTLED)


def watched(*, parties: Collection[UUID], since: datetime, limit: int) -> list[dict[str, Any]]:
    """
    Return orders of some parties that were placed, or ended, since a moment; the newest first.

    With them come the filled orders of those who both buy and sell: rings go through them. Imports
    tell of the past, and are left out.
    """
    lately = Q(placed_at__gte=since) | Q(cleared_at__gte=since) | Q(closed_at__gte=since)
    found = Order.objects.filter(lately, import_run__isnull=True)
    own = Q(buyer_id__in=parties) | Q(provider_id__in=parties)
    rows = _facts(found.filter(own), limit)
    if {row["buyer_id"] for row in rows} & {row["provider_id"] for row in rows}:
        sellers = found.filter(state__in=FILLED).values("provider_id")
        buyers = found.filter(state__in=FILLED).values("buyer_id")
        both = Q(buyer_id__in=sellers, provider_id__in=buyers, state__in=FILLED)
        rows += _facts(found.filter(both).exclude(own), limit - len(rows))
    return rows


def _facts(found: QuerySet[Order], limit: int) -> list[dict[str, Any]]:
    rows = (
        found.order_by("-id")
        .annotate(vouchers=Coalesce("voucher_minor", 0))
        .values(
            "number",
            *("buyer_id", "provider_id", "book_id", "state", "gross_minor", "relation"),
            *("placed_at", "cleared_at", "closed_at", "vouchers", "id"),
        )[:limit]
    )
    return [_renamed(row) for row in rows]


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {"order_id": row.pop("id"), "voucher_minor": row.pop("vouchers"), **row}
