"""Writes of claims."""

from marketplace.claims.services.claiming import submit_claim, withdraw_claim
from marketplace.claims.services.clawing import (
    complete_claw_backs,
    confirm_claw_back,
    propose_claw_back,
    record_repayment,
)
from marketplace.claims.services.deciding import (
    check_claim,
    confirm_claim,
    instruct_claims,
    return_claim,
)

__all__ = [
    "check_claim",
    "complete_claw_backs",
    "confirm_claim",
    "confirm_claw_back",
    "instruct_claims",
    "propose_claw_back",
    "record_repayment",
    "return_claim",
    "submit_claim",
    "withdraw_claim",
]
