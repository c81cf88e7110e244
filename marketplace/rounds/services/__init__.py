"""Writes of call rounds: schedule, place, change, withdraw, go on, decide."""

from marketplace.rounds.services.deciding import decide_round
from marketplace.rounds.services.phases import advance, advance_due, call_off_round, schedule_round
from marketplace.rounds.services.placing import amend_order, place_order, withdraw_order

__all__ = [
    "advance",
    "advance_due",
    "amend_order",
    "call_off_round",
    "decide_round",
    "place_order",
    "schedule_round",
    "withdraw_order",
]
