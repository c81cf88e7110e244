"""Writes of payouts."""

from marketplace.payouts.services.accounts import freeze, set_bank_account, unfreeze
from marketplace.payouts.services.answering import take_answers
from marketplace.payouts.services.running import (
    approve_run,
    finish_runs,
    propose_run,
    send_run,
)

__all__ = [
    "approve_run",
    "finish_runs",
    "freeze",
    "propose_run",
    "send_run",
    "set_bank_account",
    "take_answers",
    "unfreeze",
]
