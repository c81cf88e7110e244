"""The list of reference prices over time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from marketplace.portal import reference_words
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from metering.table_contracts import HourClass

IN_FORCE: Final = Tag(_("In force"), "ok", "check")
TO_COME: Final = Tag(_("To come"), "brand")
OVER: Final = Tag(_("Over"))


def standing_tag(price: Any, *, began: Any, now: datetime) -> Tag:
    """Return whether a reference price holds; `began` are the identifiers of those that do."""
    if price.valid_from > now:
        return TO_COME
    return IN_FORCE if price.pk in began else OVER


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A reference price as its list shows it."""

    pk: UUID
    hour_class: str
    reference: str
    off_peak: str
    floor: str
    valid_from: datetime
    announced_at: datetime
    reason: str
    state: Tag


def reference_line(price: Any, state: Tag) -> ReferenceLine:
    """Return the line of a reference price."""
    return ReferenceLine(
        pk=price.pk,
        hour_class=str(HourClass(price.hour_class).label),
        reference=reference_words.limits(price),
        off_peak=reference_words.off_peak(price),
        floor=reference_words.yuan(price.floor),
        valid_from=price.valid_from,
        announced_at=price.announced_at,
        reason=price.reason,
        state=state,
    )


REFERENCES: Final = ListTable(
    name="reference-prices",
    title=_("Reference prices"),
    columns=(
        ListColumn("hour_class", _("Class"), phone=Phone.KEY, is_fixed=True),
        ListColumn("reference", _("Reference and band"), below=lambda line: line.off_peak),
        ListColumn("floor", _("Floor")),
        ListColumn("valid_from", _("Holds from"), Shows.TIME),
        ListColumn("announced_at", _("Announced"), Shows.TIME),
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn("state", _("State"), Shows.STATE, phone=Phone.STATE),
    ),
)
