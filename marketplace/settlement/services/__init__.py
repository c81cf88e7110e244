"""Writes of settlement: open contracts, charge measured use, settle what has ended."""

from marketplace.settlement.services.adjusting import (
    agree_on_adjustment,
    book_adjustment,
    book_agreed,
    propose_adjustment,
    propose_reversal,
    wait_to_adjust,
)
from marketplace.settlement.services.agreed_ends import end_agreed
from marketplace.settlement.services.agreeing import answer_order_change
from marketplace.settlement.services.charging import charge_due
from marketplace.settlement.services.ending import end_early
from marketplace.settlement.services.extending import extend_order, goes_on
from marketplace.settlement.services.fees import propose_fee_rule, publish_fee_rule
from marketplace.settlement.services.knowing import facts_foreseen
from marketplace.settlement.services.opening import open_contracts
from marketplace.settlement.services.receipting import issue_receipts
from marketplace.settlement.services.renewing import renew_due, renew_now
from marketplace.settlement.services.reviewing import (
    close_contract,
    close_unopened,
    retry_contract,
    retry_unopened,
)
from marketplace.settlement.services.rule_credits import book_by_rule
from marketplace.settlement.services.settling import settle_due
from marketplace.settlement.services.stopping import stop_delivery
from marketplace.settlement.services.trying import charge_carefully
from marketplace.settlement.services.undelivered import end_undelivered

__all__ = [
    "agree_on_adjustment",
    "answer_order_change",
    "book_adjustment",
    "book_agreed",
    "book_by_rule",
    "charge_carefully",
    "charge_due",
    "close_contract",
    "close_unopened",
    "end_agreed",
    "end_early",
    "end_undelivered",
    "extend_order",
    "facts_foreseen",
    "goes_on",
    "issue_receipts",
    "open_contracts",
    "propose_adjustment",
    "propose_fee_rule",
    "propose_reversal",
    "publish_fee_rule",
    "renew_due",
    "renew_now",
    "retry_contract",
    "retry_unopened",
    "settle_due",
    "stop_delivery",
    "wait_to_adjust",
]
