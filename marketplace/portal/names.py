"""Names, in both languages, of what other rooms know by code."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from identity.identifiers import regions
from marketplace.accounts import Kind, Reason

ACCOUNT_KINDS: Final[dict[str, Promise]] = {
    Kind.BANK: _("Bank"),
    Kind.BUYER_CASH: _("Prepaid cash of buyers"),
    Kind.PROVIDER_PAYABLE: _("Owed to providers"),
    Kind.PLATFORM_FEE: _("Platform fees"),
    Kind.VOUCHER_BUDGET: _("Budgets of programmes"),
    Kind.VOUCHER_POOL: _("Pools of programmes"),
    Kind.VOUCHER: _("Vouchers"),
    Kind.VOUCHER_CLAIM: _("Voucher claims of providers"),
}
REASONS: Final[dict[str, Promise]] = {
    Reason.DEPOSIT: _("Deposit"),
    Reason.WITHDRAWAL: _("Withdrawal"),
    Reason.ORDER_CASH: _("Order, cash"),
    Reason.FEE: _("Fee"),
    Reason.BUDGET: _("Budget"),
    Reason.ISSUE: _("Issue of a voucher"),
    Reason.ORDER_VOUCHER: _("Order, voucher"),
    Reason.EXPIRE: _("Expiry"),
    Reason.CLAW_BACK: _("Claw-back"),
    Reason.CORRECTION: _("Correction"),
}


def in_english() -> bool:
    """Return whether the reader reads English."""
    return get_language() == "en"


def region(code: str) -> str:
    """Return the name of a division of GB/T 2260."""
    found = regions.regions().get(code)
    if found is None:
        return code
    return (found.name_en if in_english() else found.name) or found.name


def hub(code: str) -> str:
    """Return the name of a hub cluster, or of the province that stands in for one."""
    for cluster in regions.hubs():
        if cluster.code == code:
            return cluster.cluster_en if in_english() else cluster.cluster
    return region(code)


def place(code: str) -> str:
    """Return a region and the hub it belongs to, for example `Qingyang · Gansu hub`."""
    cluster = regions.hub_of(code)
    if cluster is None:
        return region(code)
    return f"{region(code)} · {cluster.hub_en if in_english() else cluster.hub}"
