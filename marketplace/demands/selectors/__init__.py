"""Reads of demands: one by one, in lists, as the input of matching, and as an outlook."""

from marketplace.demands.selectors.alternatives import (
    Alternative,
    Alternatives,
    alternatives_of_quote,
    alternatives_to,
)
from marketplace.demands.selectors.demands import (
    decision,
    decision_file,
    decision_of_number,
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
from marketplace.demands.selectors.why import changed_terms, demand_why, order_why

__all__ = [
    "Alternative",
    "Alternatives",
    "Offered",
    "Outlook",
    "alternatives_of_quote",
    "alternatives_to",
    "changed_terms",
    "decision",
    "decision_file",
    "decision_of_number",
    "demand",
    "demand_of_order",
    "demand_why",
    "demands_of",
    "filled_share",
    "is_over",
    "lots_of",
    "match_input",
    "order_why",
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
