"""Writes of payments."""

from marketplace.payments.services.applying import apply_news
from marketplace.payments.services.banking import confirm_match, import_statement, propose_match
from marketplace.payments.services.deposits import confirm_deposit, record_deposit
from marketplace.payments.services.hearing import hear_event
from marketplace.payments.services.moving import ask_money, move_money
from marketplace.payments.services.noting import (
    note_difference,
    settle_difference,
    take_difference,
)
from marketplace.payments.services.reconciling import ask_reconciliation, reconcile_due
from marketplace.payments.services.refunding import ask_refund, confirm_refund, follow_refunds
from marketplace.payments.services.sending import send_due
from marketplace.payments.services.topping_up import top_up

__all__ = [
    "apply_news",
    "ask_money",
    "ask_reconciliation",
    "ask_refund",
    "confirm_deposit",
    "confirm_match",
    "confirm_refund",
    "follow_refunds",
    "hear_event",
    "import_statement",
    "move_money",
    "note_difference",
    "propose_match",
    "reconcile_due",
    "record_deposit",
    "send_due",
    "settle_difference",
    "take_difference",
    "top_up",
]
