"""Writes of vouchers: programmes and their money, applications, decisions, and the end."""

from marketplace.vouchers.services.applications import apply, decide
from marketplace.vouchers.services.drafts import propose_draft, save_draft
from marketplace.vouchers.services.fundings import (
    confirm_funding,
    fund_programme,
)
from marketplace.vouchers.services.programmes import (
    create_programme,
    propose_programme,
    propose_version,
    publish_version,
)
from marketplace.vouchers.services.returns import (
    SWEEP_MAX,
    claw_back,
    close_voucher,
    expire_vouchers,
    retry_voucher,
    sweep_again,
)

__all__ = [
    "SWEEP_MAX",
    "apply",
    "claw_back",
    "close_voucher",
    "confirm_funding",
    "create_programme",
    "decide",
    "expire_vouchers",
    "fund_programme",
    "propose_draft",
    "propose_programme",
    "propose_version",
    "publish_version",
    "retry_voucher",
    "save_draft",
    "sweep_again",
]
