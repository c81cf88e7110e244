"""The list of a buyer's quotes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.moments import parse_moment
from marketplace.portal import figures
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A quote as it is now."""

    pk: UUID
    number: str
    listing: str
    gross_minor: int
    standard_hours: Any
    starts_at: datetime
    ends_at: datetime
    quoted_at: datetime
    valid_until: datetime
    is_over: bool


def quote_number(pk: UUID) -> str:
    """Return the short name of a quote."""
    return f"Q-{pk.hex[-10:].upper()}"


def quote_lines(found: Any, now: datetime) -> list[QuoteLine]:
    """Return quotes as they are at a moment."""
    return [
        QuoteLine(
            pk=each.pk,
            number=quote_number(each.pk),
            listing=each.subject.get("listing", ""),
            gross_minor=each.gross_minor,
            standard_hours=each.standard_hours,
            starts_at=parse_moment(each.subject["starts_at"]),
            ends_at=parse_moment(each.subject["ends_at"]),
            quoted_at=each.quoted_at,
            valid_until=each.valid_until,
            is_over=each.valid_until <= now,
        )
        for each in found
    ]


STATES: Final = {
    "LIVE": Tag(_("Live"), "ok", "check"),
    "EXPIRED": Tag(_("Over")),
}
QUOTES: Final = ListTable(
    name="quotes",
    title=_("Quotes"),
    columns=(
        ListColumn(
            "number",
            _("Quote"),
            link=lambda row: reverse("portal:quote", args=[row.pk]),
            below=lambda row: row.listing,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("period", _("For"), value=lambda row: figures.span(row.starts_at, row.ends_at)),
        ListColumn("standard_hours", _("Standard hours"), Shows.QUANTITY, phone=Phone.HIDDEN),
        ListColumn("gross_minor", _("Price"), Shows.MONEY, is_strong=True),
        ListColumn("quoted_at", _("Asked"), Shows.TIME, sort=("id",), phone=Phone.HIDDEN),
        ListColumn("valid_until", _("Holds until"), Shows.TIME),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: STATES["EXPIRED" if row.is_over else "LIVE"],
            phone=Phone.STATE,
        ),
    ),
)
