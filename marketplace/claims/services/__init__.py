"""Writes of claims."""

from marketplace.claims.services.claiming import submit_claim, withdraw_claim
from marketplace.claims.services.clawing import (
    complete_claw_backs,
    confirm_claw_back,
    lower_recoveries,
    propose_claw_back,
    record_repayment,
)
from marketplace.claims.services.deciding import (
    check_claim,
    confirm_claim,
    instruct_claims,
    return_claim,
)
from marketplace.claims.services.reimbursement_clawing import propose_reimbursement_claw_back
from marketplace.claims.services.reimbursement_deciding import (
    answer_reimbursement_objection,
    check_reimbursement,
    decide_reimbursement,
    grant_published,
    object_to_reimbursement,
    reject_reimbursement,
    review_reimbursement,
    send_back_reimbursement,
)
from marketplace.claims.services.reimbursing import (
    ReimbursementDecision,
    refusal_words,
    submit_reimbursement,
    withdraw_reimbursement,
)
from marketplace.claims.services.sharing import set_payer, sources_of

__all__ = [
    "ReimbursementDecision",
    "answer_reimbursement_objection",
    "check_claim",
    "check_reimbursement",
    "complete_claw_backs",
    "confirm_claim",
    "confirm_claw_back",
    "decide_reimbursement",
    "grant_published",
    "instruct_claims",
    "lower_recoveries",
    "object_to_reimbursement",
    "propose_claw_back",
    "propose_reimbursement_claw_back",
    "record_repayment",
    "refusal_words",
    "reject_reimbursement",
    "return_claim",
    "review_reimbursement",
    "send_back_reimbursement",
    "set_payer",
    "sources_of",
    "submit_claim",
    "submit_reimbursement",
    "withdraw_claim",
    "withdraw_reimbursement",
]
