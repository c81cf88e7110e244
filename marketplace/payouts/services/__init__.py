"""Writes of payouts."""

from marketplace.payouts.services.accounts import freeze, set_bank_account, unfreeze
from marketplace.payouts.services.answering import take_answers
from marketplace.payouts.services.running import (
    approve_run,
    finish_runs,
    propose_run,
    send_run,
)
from marketplace.payouts.services.taxing import (
    propose_tax_rule,
    publish_tax_rule,
    return_taxes,
)

__all__ = [
    "approve_run",
    "finish_runs",
    "freeze",
    "propose_run",
    "propose_tax_rule",
    "publish_tax_rule",
    "return_taxes",
    "send_run",
    "set_bank_account",
    "take_answers",
    "unfreeze",
]
