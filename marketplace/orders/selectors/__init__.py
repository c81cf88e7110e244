"""Reads of orders: one by one, in lists, as pages, and as the input of clearing."""

from marketplace.orders.selectors.listing import (
    books_waiting,
    cleared_orders,
    clearing_round,
    deposits,
    order,
    orders,
    orders_of,
    queue_position,
)
from marketplace.orders.selectors.pages import (
    breakdown,
    clearing_panel,
    ledger_lines,
    order_page,
    order_rows,
    steps,
)
from marketplace.orders.selectors.previews import preview
from marketplace.orders.selectors.replays import Replay, replay
from marketplace.orders.selectors.snapshots import covered_in_year, snapshot

__all__ = [
    "Replay",
    "books_waiting",
    "breakdown",
    "cleared_orders",
    "clearing_panel",
    "clearing_round",
    "covered_in_year",
    "deposits",
    "ledger_lines",
    "order",
    "order_page",
    "order_rows",
    "orders",
    "orders_of",
    "preview",
    "queue_position",
    "replay",
    "snapshot",
    "steps",
]
