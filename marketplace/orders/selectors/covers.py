"""Why vouchers paid what they paid of orders: lines, cuts and clauses, as they were decided."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from marketplace.orders.models import OrderCover


def explained_covers(
    *, order_ids: Collection[UUID], programme_code: str
) -> dict[UUID, list[dict[str, Any]]]:
    """Return what a programme's covers of orders say beyond their amounts; one query for all."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    rows = OrderCover.objects.filter(order_id__in=order_ids, programme_code=programme_code)
    for order_id, said in rows.order_by("id").values_list("order_id", "explained"):
        found.setdefault(order_id, []).append(said)
    return found
