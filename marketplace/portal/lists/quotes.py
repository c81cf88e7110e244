"""The list of a buyer's quotes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.moments import parse_moment
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import figures, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag
from pricing.filters import QuoteFilter


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
    project: Any = None
    used_by: str = ""  # the order that stands at it


def quote_lines(found: Any, now: datetime, *, buyer_id: UUID) -> list[QuoteLine]:
    """Return a buyer's quotes as they are at a moment."""
    rows = list(found)
    used = orders_selectors.orders_at_quotes([each.pk for each in rows], buyer_id=buyer_id)
    return [
        QuoteLine(
            pk=each.pk,
            number=names.quoted(each.pk),
            listing=each.subject.get("listing", ""),
            gross_minor=each.gross_minor,
            standard_hours=each.standard_hours,
            starts_at=parse_moment(each.subject["starts_at"]),
            ends_at=parse_moment(each.subject["ends_at"]),
            quoted_at=each.quoted_at,
            valid_until=each.valid_until,
            is_over=each.valid_until <= now,
            project=each.project,
            used_by=used.get(each.pk, ""),
        )
        for each in rows
    ]


STATES: Final = {
    "LIVE": Tag(_("Live"), "ok", "check"),
    "EXPIRED": Tag(_("Over")),
    "USED": Tag(_("Ordered"), "brand"),
}


def _state(row: QuoteLine) -> str:
    if row.used_by:
        return "USED"
    return "EXPIRED" if row.is_over else "LIVE"


QUOTES: Final = ListTable(
    name="quotes",
    title=_("Quotes"),
    filters=QuoteFilter,
    quick=(
        Quick("holds", _("Holds now"), {"holds": ("true",)}),
        Quick("kept", _("Kept for days"), {"kept": ("true",)}),
    ),
    shown_filters=("project", "holds", "kept"),
    columns=(
        ListColumn(
            "number",
            _("Quote"),
            link=lambda row: reverse("portal:quote", args=[row.pk]),
            below=lambda row: row.listing,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("period", _("When"), value=lambda row: figures.span(row.starts_at, row.ends_at)),
        ListColumn(
            "project",
            _("Project"),
            value=lambda row: row.project and row.project.code,
            phone=Phone.HIDDEN,
        ),
        ListColumn("standard_hours", _("Standard hours"), Shows.QUANTITY, phone=Phone.HIDDEN),
        ListColumn("gross_minor", _("Price"), Shows.MONEY, is_strong=True),
        ListColumn("quoted_at", _("Asked"), Shows.TIME, sort=("id",), phone=Phone.HIDDEN),
        ListColumn("valid_until", _("Holds until"), Shows.TIME),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: STATES[_state(row)],
            below=lambda row: row.used_by,
            phone=Phone.STATE,
        ),
    ),
)
