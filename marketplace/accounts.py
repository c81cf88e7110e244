"""
The chart of accounts: which accounts the market keeps, and between which of them value may move.

Codes are stable text, so that any room names an account without asking the ledger for its number.
Every asset has minor units of a hundredth (fen).
"""

from enum import StrEnum
from typing import Final
from uuid import UUID

CNY: Final = "CNY"


class Kind(StrEnum):
    """What an account is for. Floors are the ledger's; see `KINDS` for each."""

    BANK = "bank"  # money outside the market; no floor
    BUYER_CASH = "buyer_cash"  # what a buyer paid in; debits may not exceed credits
    PROVIDER_PAYABLE = "provider_payable"  # what the market owes a provider
    PLATFORM_FEE = "platform_fee"  # revenue; hot, no floor
    VOUCHER_BUDGET = "voucher_budget"  # where a programme's budget comes from; no floor
    VOUCHER_POOL = "voucher_pool"  # a programme's budget left to issue; floor
    VOUCHER = "voucher"  # one voucher; floor
    VOUCHER_CLAIM = "voucher_claim"  # captured vouchers that a provider may claim


class Reason(StrEnum):
    """Why value moves; with asset and kinds it forms the white list of flows."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    ORDER_CASH = "order_cash"  # hold at clearing, capture with charges
    FEE = "fee"
    BUDGET = "budget"
    ISSUE = "issue"
    ORDER_VOUCHER = "order_voucher"
    EXPIRE = "expire"
    CLAW_BACK = "claw_back"
    CORRECTION = "correction"


def programme_asset(programme_code: str) -> str:
    """Return the asset of a voucher programme; vouchers of two programmes never mix."""
    return f"VCH-{programme_code}"


def bank() -> str:
    """Return the code of the account for money outside the market."""
    return "bank:CNY"


def platform_fee() -> str:
    """Return the code of the market's fee account."""
    return "platform_fee:CNY"


def buyer_cash(organization_id: UUID) -> str:
    """Return the code of a buyer's cash account."""
    return f"buyer_cash:{organization_id}"


def provider_payable(organization_id: UUID) -> str:
    """Return the code of the account of what the market owes a provider."""
    return f"provider_payable:{organization_id}"


def voucher_budget(programme_code: str) -> str:
    """Return the code of the account that a programme's budget is drawn from."""
    return f"voucher_budget:{programme_code}"


def voucher_pool(programme_code: str) -> str:
    """Return the code of a programme's pool."""
    return f"voucher_pool:{programme_code}"


def voucher(voucher_id: UUID) -> str:
    """Return the code of one voucher's account."""
    return f"voucher:{voucher_id}"


def voucher_claim(programme_code: str, organization_id: UUID) -> str:
    """Return the code of the account of a provider's captured vouchers of a programme."""
    return f"voucher_claim:{programme_code}:{organization_id}"
