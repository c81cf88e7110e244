"""Writes of demands: post, amend, cancel, match; and saved searches."""

from marketplace.demands.services.matching import match_demand, match_waiting
from marketplace.demands.services.posting import amend_demand, cancel_demand, post_demand
from marketplace.demands.services.reopening import reopen_undelivered
from marketplace.demands.services.searching import alert, drop_search, save_search

__all__ = [
    "alert",
    "amend_demand",
    "cancel_demand",
    "drop_search",
    "match_demand",
    "match_waiting",
    "post_demand",
    "reopen_undelivered",
    "save_search",
]
