"""The list of adjustments: money that moved without usage."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from marketplace.settlement.contracts import Party
from marketplace.settlement.selectors.filters import AdjustmentFilter


def party(row: Any, side: str) -> str:
    """Return who pays or is paid, by name; the market is the market."""
    found = {Party.BUYER: row.buyer, Party.PROVIDER: row.provider}.get(Party(side))
    return names.named(found) if found else str(Party(side).label)


def _state(row: Any) -> Tag:
    if row.reverses_id:
        return Tag(_("Reversal"), "warn")
    if getattr(row, "reversed_by", None):
        return Tag(_("Reversed"), "warn")
    return Tag(_("Booked"), "ok", "check")


ADJUSTMENTS: Final = ListTable(
    name="adjustments",
    title=_("Adjustments"),
    filters=AdjustmentFilter,
    shown_filters=("reason", "booked_from", "booked_until", "amount_from", "amount_to"),
    columns=(
        ListColumn(
            "number",
            _("Adjustment"),
            sort=("sequence",),
            below=lambda row: row.reference,
            link=lambda row: reverse("portal:adjustment", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("booked_at", _("Booked"), Shows.TIME),
        ListColumn("reason", _("Reason"), value=lambda row: row.get_reason_display()),
        ListColumn(
            "payer",
            _("Pays"),
            value=lambda row: party(row, row.payer),
            below=lambda row: row.get_payer_display(),
        ),
        ListColumn(
            "payee",
            _("Is paid"),
            value=lambda row: party(row, row.payee),
            below=lambda row: row.get_payee_display(),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "contract",
            _("Contract"),
            value=lambda row: row.contract.number if row.contract else None,
            below=lambda row: row.trade_record.number if row.trade_record else "",
            phone=Phone.HIDDEN,
        ),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True),
        ListColumn(
            "state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE, is_fixed=True
        ),
    ),
    tie="sequence",
)
