"""Writes of claims."""

from marketplace.claims.services.claiming import submit_claim, withdraw_claim
from marketplace.claims.services.deciding import (
    check_claim,
    confirm_claim,
    instruct_claims,
    return_claim,
)

__all__ = [
    "check_claim",
    "confirm_claim",
    "instruct_claims",
    "return_claim",
    "submit_claim",
    "withdraw_claim",
]
