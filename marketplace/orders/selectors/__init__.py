"""Reads of orders: one by one, in lists, as pages, and as the input of clearing."""

from marketplace.orders.selectors.community import (
    CommunityUse,
    community_quota,
    community_quotas,
    community_taken,
    community_use,
)
from marketplace.orders.selectors.covers import explained_covers
from marketplace.orders.selectors.entries import ledger_lines, ledger_totals
from marketplace.orders.selectors.following import FollowedListing, price_followers
from marketplace.orders.selectors.halts import (
    halt_in_force,
    halted_books,
    halts,
    halts_in_force,
)
from marketplace.orders.selectors.homes import (
    ClearedHour,
    cleared_hours,
    hours_cleared,
    orders_waiting_of,
    refused_lately,
    starting,
)
from marketplace.orders.selectors.listing import (
    books_waiting,
    cleared_orders,
    clearing_count,
    clearing_round,
    due_count,
    imported_lines,
    open_orders_of,
    order,
    ordered_together,
    orders,
    orders_by_book,
    orders_for_review,
    orders_of,
    placed_by_minute,
    queue_position,
    running_imports,
    unfinished_count,
    unfinished_imports,
    waiting_count,
)
from marketplace.orders.selectors.pages import is_cancellable, order_page, order_rows
from marketplace.orders.selectors.panels import clearing_panel
from marketplace.orders.selectors.parties import OrderParties, parties_of
from marketplace.orders.selectors.paths import steps
from marketplace.orders.selectors.previews import (
    PreviewWanted,
    foreseen,
    hold_of_quote,
    instalments_in,
    instalments_of_order,
    orders_at_quotes,
    preview,
    previews,
    standing_order,
)
from marketplace.orders.selectors.prices import breakdown
from marketplace.orders.selectors.rates import order_rate, order_rates
from marketplace.orders.selectors.replays import RoundReplay, replay, round_file
from marketplace.orders.selectors.sizes import is_unusual, unusual_orders
from marketplace.orders.selectors.snapshots import (
    covered_in_year,
    instalment_terms,
    offered,
    probe,
    snapshot,
    supply,
)
from marketplace.orders.selectors.standing import BookStanding, LastRound, standings
from marketplace.orders.selectors.watching import watched
from marketplace.orders.selectors.why import order_why

__all__ = [
    "BookStanding",
    "ClearedHour",
    "CommunityUse",
    "FollowedListing",
    "LastRound",
    "OrderParties",
    "PreviewWanted",
    "RoundReplay",
    "books_waiting",
    "breakdown",
    "cleared_hours",
    "cleared_orders",
    "clearing_count",
    "clearing_panel",
    "clearing_round",
    "community_quota",
    "community_quotas",
    "community_taken",
    "community_use",
    "covered_in_year",
    "due_count",
    "explained_covers",
    "foreseen",
    "halt_in_force",
    "halted_books",
    "halts",
    "halts_in_force",
    "hold_of_quote",
    "hours_cleared",
    "imported_lines",
    "instalment_terms",
    "instalments_in",
    "instalments_of_order",
    "is_cancellable",
    "is_unusual",
    "ledger_lines",
    "ledger_totals",
    "offered",
    "open_orders_of",
    "order",
    "order_page",
    "order_rate",
    "order_rates",
    "order_rows",
    "order_why",
    "ordered_together",
    "orders",
    "orders_at_quotes",
    "orders_by_book",
    "orders_for_review",
    "orders_of",
    "orders_waiting_of",
    "parties_of",
    "placed_by_minute",
    "preview",
    "previews",
    "price_followers",
    "probe",
    "queue_position",
    "refused_lately",
    "replay",
    "round_file",
    "running_imports",
    "snapshot",
    "standing_order",
    "standings",
    "starting",
    "steps",
    "supply",
    "unfinished_count",
    "unfinished_imports",
    "unusual_orders",
    "waiting_count",
    "watched",
]
