"""Reads of programmes, applications and vouchers."""

from marketplace.vouchers.selectors.homes import Reach, ToDecide, issued_days, reach, to_decide
from marketplace.vouchers.selectors.programmes import (
    ProgrammeSummary,
    pools,
    programme,
    programme_summary,
    programmes,
    summaries,
    version_in_force,
)
from marketplace.vouchers.selectors.records import (
    application,
    applications,
    holders,
    issued_in_year,
    voucher,
    vouchers,
)
from marketplace.vouchers.selectors.wallets import (
    VoucherBalance,
    Wallet,
    WalletVoucher,
    purses,
    wallet,
    wallet_vouchers,
)

__all__ = [
    "ProgrammeSummary",
    "Reach",
    "ToDecide",
    "VoucherBalance",
    "Wallet",
    "WalletVoucher",
    "application",
    "applications",
    "holders",
    "issued_days",
    "issued_in_year",
    "pools",
    "programme",
    "programme_summary",
    "programmes",
    "purses",
    "reach",
    "summaries",
    "to_decide",
    "version_in_force",
    "voucher",
    "vouchers",
    "wallet",
    "wallet_vouchers",
]
