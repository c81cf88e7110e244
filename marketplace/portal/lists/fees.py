"""The list of the market's fees over time."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from marketplace.portal.templatetags import portal as words

IN_FORCE: Final = Tag(_("In force"), "ok", "check")
TO_COME: Final = Tag(_("To come"), "brand")
OVER: Final = Tag(_("Over"))


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A fee, and whether it holds now."""

    version: int
    rate: Decimal
    starts_at: datetime
    published_at: datetime
    source: str
    state: Tag


FEES: Final = ListTable(
    name="fees",
    title=_("Fees"),
    size=100,
    columns=(
        ListColumn(
            "rate",
            _("Fee"),
            value=lambda row: words.percent(row.rate, 2),
            below=lambda row: f"v{row.version}",
            sort=("rate",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("starts_at", _("Holds from"), Shows.TIME, sort=("starts_at",)),
        ListColumn("published_at", _("Published"), Shows.TIME, sort=("published_at",)),
        ListColumn(
            "source",
            _("Source"),
            value=lambda row: names.spoken(row.source),
            phone=Phone.STRIP,
            is_wide=True,
        ),
        ListColumn("state", _("State"), Shows.STATE, phone=Phone.STATE),
    ),
    row_id=lambda row: row.version,
)
