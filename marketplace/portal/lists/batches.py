"""The list of batches of vouchers."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows


def _address(row: Any) -> str:
    return reverse("portal:voucher-batch", args=[row.pk])


BATCHES: Final = ListTable(
    name="voucher-batches",
    title=_("Batches of vouchers"),
    columns=(
        ListColumn(
            "name",
            _("Batch"),
            below=lambda row: row.number,
            link=_address,
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("programme", _("Programme"), value=lambda row: names.named(row.programme)),
        ListColumn(
            "made_for",
            _("Asked by"),
            Shows.PARTY,
            value=lambda row: names.named(row.made_for),
            phone=Phone.STRIP,
        ),
        ListColumn("count", _("Vouchers"), Shows.QUANTITY, phone=Phone.FACT),
        ListColumn("total_minor", _("Amount"), Shows.MONEY, phone=Phone.FACT),
        ListColumn("made_at", _("Made"), Shows.TIME, sort=("id",), phone=Phone.FACT),
    ),
)
