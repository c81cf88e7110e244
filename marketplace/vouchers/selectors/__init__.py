"""Reads of programmes, applications and vouchers."""

from marketplace.vouchers.selectors.facts import holder_facts
from marketplace.vouchers.selectors.homes import (
    ApplicationsWaiting,
    VoucherReach,
    applications_waiting,
    issued_days,
    reached,
)
from marketplace.vouchers.selectors.programmes import (
    ProgrammeSummary,
    captured,
    pools,
    programme,
    programme_summary,
    programmes,
    summaries,
    version_in_force,
    with_captured,
)
from marketplace.vouchers.selectors.records import (
    application,
    applications,
    holders,
    issued_in_year,
    left_on,
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
    "ApplicationsWaiting",
    "ProgrammeSummary",
    "VoucherBalance",
    "VoucherReach",
    "Wallet",
    "WalletVoucher",
    "application",
    "applications",
    "applications_waiting",
    "captured",
    "holder_facts",
    "holders",
    "issued_days",
    "issued_in_year",
    "left_on",
    "pools",
    "programme",
    "programme_summary",
    "programmes",
    "purses",
    "reached",
    "summaries",
    "version_in_force",
    "voucher",
    "voucher_reach",
    "vouchers",
    "wallet",
    "wallet_vouchers",
    "with_captured",
]
