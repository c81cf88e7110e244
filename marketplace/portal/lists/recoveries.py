"""What programmes want back of those whom vouchers paid that were taken back."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.contracts import Role
from marketplace.claims.contracts import RecoveryState
from marketplace.claims.selectors.filters import RecoveryFilter
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows, Tag

ISSUERS: Final = frozenset({Role.ISSUER})


def of_recovery(row: Any) -> Tag:
    """Return whether it was paid back."""
    if row.state == RecoveryState.REPAID:
        return Tag(row.get_state_display(), "ok", "check", row.payment_reference)
    return Tag(row.get_state_display(), "warn", "alert-triangle")


def _acts(row: Any) -> list[RowLink]:
    if row.state == RecoveryState.REPAID:
        return []
    return [
        RowLink(
            _("It is paid back"),
            reverse("portal:voucher-recovery-repaid", args=[row.pk]),
            row.number,
        )
    ]


RECOVERIES: Final = ListTable(
    name="voucher-recoveries",
    title=_("Wanted back"),
    filters=RecoveryFilter,
    columns=(
        ListColumn("number", _("Claim"), sort=("id",), phone=Phone.KEY, is_fixed=True),
        ListColumn(
            "voucher",
            _("Voucher"),
            value=lambda row: row.voucher_number,
            below=lambda row: row.programme.code,
        ),
        ListColumn(
            "payee",
            _("Who was paid"),
            Shows.PARTY,
            value=lambda row: names.named(row.payee),
            phone=Phone.STRIP,
        ),
        ListColumn("ground", _("Ground"), value=lambda row: row.get_ground_display()),
        ListColumn("reason", _("Reason"), phone=Phone.HIDDEN),
        ListColumn("demanded_at", _("Since"), Shows.TIME),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("state", _("State"), Shows.STATE, value=of_recovery, phone=Phone.STATE),
        ListColumn("act", _("Act"), Shows.ACT, value=_acts, roles=ISSUERS, phone=Phone.ACT),
    ),
    quick=(
        Quick("open", _("To be paid back"), {"state": (RecoveryState.OPEN,)}),
        Quick("repaid", _("Paid back"), {"state": (RecoveryState.REPAID,)}),
    ),
)
