"""Reads of call rounds: one by one, in lists, their orders, and the input of a decision."""

from marketplace.rounds.selectors.pages import (
    buyers_orders,
    call_round,
    due,
    live_round,
    lots_of,
    neighbours,
    order_of,
    orders_of,
    prices_of,
    proof_of,
    result,
    rounds,
    schedule_of,
    standing_count,
    terms_of_round,
)
from marketplace.rounds.selectors.supply import (
    RoundCase,
    case_of,
    least_cash_minor,
    listing_ids,
)

__all__ = [
    "RoundCase",
    "buyers_orders",
    "call_round",
    "case_of",
    "due",
    "least_cash_minor",
    "listing_ids",
    "live_round",
    "lots_of",
    "neighbours",
    "order_of",
    "orders_of",
    "prices_of",
    "proof_of",
    "result",
    "rounds",
    "schedule_of",
    "standing_count",
    "terms_of_round",
]
