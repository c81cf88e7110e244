"""Writes of approvals: proposing, deciding, limits, and the end of what nobody decided."""

from identity.approvals.services.deciding import refuse, settle, withdraw
from identity.approvals.services.expiring import SWEEP_MAX, expire_proposals, void_proposals
from identity.approvals.services.limiting import change_limit, propose_limit
from identity.approvals.services.proposing import propose

__all__ = [
    "SWEEP_MAX",
    "change_limit",
    "expire_proposals",
    "propose",
    "propose_limit",
    "refuse",
    "settle",
    "void_proposals",
    "withdraw",
]
