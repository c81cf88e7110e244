"""Lists of what operators look after: halts of a book, work that was set aside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.reviews import ReviewKind, Waiting
from marketplace.portal.access import PortalRequest
from marketplace.portal.tables import ListAct, ListColumn, ListTable, Phone, RowLink, Shows, Tag


@dataclass(frozen=True, slots=True)
class HaltLine:
    """A halt of a book, at a moment."""

    halt: Any
    at: datetime

    @property
    def pk(self) -> Any:
        """Return the halt's identifier."""
        return self.halt.pk

    @property
    def is_over(self) -> bool:
        """Return whether the book trades again, as far as this halt goes."""
        until = self.halt.until
        return self.halt.ended_at is not None or (until is not None and until <= self.at)

    @property
    def ended_at(self) -> datetime | None:
        """Return when it ended, or will end by itself."""
        ended: datetime | None = self.halt.ended_at or self.halt.until
        return ended


def _by_whom(line: HaltLine) -> Any:
    return _("by one operator") if line.halt.until else _("by two operators")


def _standing(line: HaltLine) -> Tag:
    return Tag(_("Over")) if line.is_over else Tag(_("Halted"), "bad", "circle-x")


HALTS: Final = ListTable(
    name="book-halts",
    title=_("Halts of this book"),
    columns=(
        ListColumn(
            "since",
            _("Since"),
            Shows.TIME,
            value=lambda line: line.halt.since,
            below=_by_whom,
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("ended_at", _("Until"), Shows.TIME),
        ListColumn("reason", _("Reason"), value=lambda line: line.halt.reason, phone=Phone.STRIP),
        ListColumn(
            "end_reason",
            _("Why it ended"),
            value=lambda line: line.halt.end_reason,
            phone=Phone.STRIP,
        ),
        ListColumn(
            "state", _("State"), Shows.STATE, value=_standing, phone=Phone.STATE, is_fixed=True
        ),
    ),
)


# --- Set aside ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AsideLine:
    """A row of work that waits for a person."""

    row: Waiting
    kind: ReviewKind

    @property
    def pk(self) -> str:
        """Return what names the row among those of all kinds."""
        return f"{self.kind.name.replace('_', '-')}--{self.row.id}"


def _closing(line: AsideLine) -> list[RowLink]:
    address = reverse("watch:close", args=[line.kind.name, line.row.id])
    return [RowLink(_("Close"), address, line.row.number)]


def _retry(_request: PortalRequest, line: AsideLine) -> None:
    with tenancy.acting_as_platform():
        line.kind.retry(line.row.id)


SET_ASIDE: Final = ListTable(
    name="set-aside",
    title=_("Set aside"),
    columns=(
        ListColumn(
            "number",
            _("What"),
            value=lambda line: line.kind.label,
            below=lambda line: line.row.number,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "since", _("Since"), Shows.TIME, value=lambda line: line.row.since, sort=("since",)
        ),
        ListColumn(
            "why",
            _("Why"),
            value=lambda line: line.row.code,
            below=lambda line: line.row.detail,
            phone=Phone.STRIP,
            is_wide=True,
        ),
        ListColumn("retry", "", Shows.ACT, template="watch/retry.html", phone=Phone.ACT),
        ListColumn("close", "", Shows.ACT, value=_closing, phone=Phone.ACT),
    ),
    acts=(ListAct("retry", _("Try again"), _retry, icon="refresh"),),
    size=50,
    row_id=lambda line: line.pk,
    row_label=lambda line: line.row.number,
)
