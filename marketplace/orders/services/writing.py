"""Placed orders as rows: any number of them by one statement."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from common import sets
from marketplace.orders.models import Order

# What a placed order says; the other columns tell what comes of it.
_COLUMNS: Final = {
    "id": "uuid",
    "number": "text",
    "key": "text",
    "buyer_id": "uuid",
    "book_id": "bigint",
    "wanted_listing_id": "uuid",
    "chips": "jsonb",
    "quote_id": "uuid",
    "units_milli": "bigint",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "use_vouchers": "boolean",
    "voucher_ids": "jsonb",
    "project_id": "uuid",
    "beside_id": "uuid",
    "placed_by_id": "bigint",
    "plan_version_id": "uuid",
    "rule_version_id": "uuid",
    "lines": "jsonb",
    "unit_hours": "numeric",
    "standard_hours": "numeric",
    "gross_minor": "bigint",
    "token_mix": "jsonb",
    "import_run_id": "uuid",
    "state": "text",
    "refusal_code": "text",
    "placed_at": "timestamptz",
}
_JSON: Final = frozenset({"chips", "voucher_ids", "lines", "token_mix"})


def insert(orders: Sequence[Order]) -> int:
    """Insert orders; those whose buyer used the key before are left out. Return how many came."""
    texts: dict[int, str] = {}  # Orders of one amount share the lines of their price.

    def value(order: Order, column: str) -> Any:
        found = getattr(order, column)
        if column not in _JSON or found is None:
            return found
        if id(found) not in texts:
            texts[id(found)] = msgspec.json.encode(found).decode()
        return texts[id(found)]

    rows = [[value(order, column) for column in _COLUMNS] for order in orders]
    written = sets.insert("orders_order", _COLUMNS, rows, on_conflict="(buyer_id, key) DO NOTHING")
    return written.count
