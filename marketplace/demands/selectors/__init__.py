"""Reads of demands: one by one, in lists, as the input of matching, and as an outlook."""

from marketplace.demands.selectors.demands import (
    decision,
    demand,
    demand_of_order,
    demands_of,
    filled_share,
    is_over,
    lots_of,
    place_in_queue,
    replays,
    searches_behind,
    searches_of,
    terms_of,
    to_be_looked_at,
    waiting_count,
)
from marketplace.demands.selectors.offers import Offered, Outlook, outlook
from marketplace.demands.selectors.supply import match_input, sieve

__all__ = [
    "Offered",
    "Outlook",
    "decision",
    "demand",
    "demand_of_order",
    "demands_of",
    "filled_share",
    "is_over",
    "lots_of",
    "match_input",
    "outlook",
    "place_in_queue",
    "replays",
    "searches_behind",
    "searches_of",
    "sieve",
    "terms_of",
    "to_be_looked_at",
    "waiting_count",
]
