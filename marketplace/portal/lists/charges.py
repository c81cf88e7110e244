"""The list of an order's charges."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.portal import remark_words, tags
from marketplace.portal.lists import energy_cells
from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows, Tag
from marketplace.portal.templatetags import portal as words
from marketplace.settlement.contracts import ChargeKind
from marketplace.settlement.selectors.filters import ChargeFilter


def _kind(charge: Any) -> Tag:
    revised = f" r{charge.revision}" if charge.revision > 1 else ""
    tone = "warn" if charge.kind == ChargeKind.CORRECTION else "neutral"
    return Tag(f"{charge.get_kind_display()}{revised}", tone)


def _remark(charge: Any) -> Any:
    """Return why a charge is less than was measured, where no other column says so."""
    is_told = charge.beyond_quantity or charge.uncollected_minor
    return "" if is_told else remark_words.short(charge.remark)


def _measured(charge: Any) -> list[RowLink]:
    if charge.usage_id is None:
        return []
    address = reverse("portal:charge-usage", args=[charge.pk])
    return [RowLink(_("Usage"), address, str(charge.pk))]


CHARGES: Final = ListTable(
    name="charges",
    title=_("Charges"),
    filters=ChargeFilter,
    shown_filters=("kind", "charged_from", "charged_until"),
    size=50,
    columns=(
        ListColumn(
            "window",
            _("Window"),
            value=words.span,
            link=lambda row: reverse("portal:charge", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "standard_hours", _("Standard hours"), Shows.QUANTITY, below=tags.beyond, total=True
        ),
        ListColumn("voucher_minor", _("In vouchers"), Shows.MONEY, tone="voucher", total=True),
        ListColumn("cash_minor", _("In cash"), Shows.MONEY, below=tags.uncollected, total=True),
        ListColumn(
            "gross_minor",
            _("Amount"),
            Shows.MONEY,
            below=_remark,
            is_strong=True,
            total=True,
        ),
        ListColumn(
            "remark",
            _("Remark"),
            value=lambda row: remark_words.sentence(row.remark),
            is_on=False,
            phone=Phone.HIDDEN,
        ),
        *energy_cells.COLUMNS,
        ListColumn("charged_at", _("Charged"), Shows.TIME, phone=Phone.HIDDEN, is_on=False),
        ListColumn("kind", _("Kind"), Shows.STATE, value=_kind, phone=Phone.STATE),
        ListColumn(
            "proof",
            _("Proof"),
            Shows.ACT,
            value=lambda row: [*_measured(row), *tags.proof("settlement.charge", row.pk)],
            phone=Phone.ACT,
        ),
    ),
)
