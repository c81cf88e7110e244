"""The list of notices."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from identity.notices import selectors as notices_selectors
from identity.notices.contracts import Topic
from identity.notices.filters import NoticeFilter
from marketplace.portal import figures
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

ICONS: Final = {
    Topic.ORDERS: "receipt",
    Topic.SUPPLY: "server-2",
    Topic.METERING: "gauge",
    Topic.MONEY: "cash",
    Topic.VOUCHERS: "ticket",
    Topic.DECISIONS: "circle-check",
    Topic.PEOPLE: "user",
    Topic.OPERATION: "adjustments-horizontal",
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as it is drawn."""

    id: Any
    title: Any
    topic: Topic
    label: str
    count: int
    happened_at: Any
    is_unread: bool
    state: tuple[Tag, ...]

    @property
    def pk(self) -> Any:
        """Return the notice's identifier."""
        return self.id

    @property
    def icon(self) -> str:
        """Return the symbol of its topic."""
        return ICONS[self.topic]

    @property
    def told(self) -> str:
        """Return what happened, and how often where it was more than once."""
        return (
            f"{self.title} × {figures.grouped(self.count)}" if self.count > 1 else str(self.title)
        )


def notice_line(notice: Any) -> NoticeLine:
    """Return a notice as it is drawn."""
    return NoticeLine(
        id=notice.pk,
        title=notices_selectors.label_of(notice),
        topic=Topic(notice.topic),
        label=notice.object_label,
        count=notice.count,
        happened_at=notice.happened_at,
        is_unread=notice.read_at is None,
        state=_state(notice),
    )


def _state(notice: Any) -> tuple[Tag, ...]:
    if notice.answered_at is not None:
        return (Tag(_("Done"), "ok", "check"),)
    reminded = (Tag(_("Reminder"), "warn", "bell"),) if notice.reminders else ()
    waits = (Tag(_("Waits for an act"), "brand"),) if notice.remind_at is not None else ()
    return (*reminded, *waits)


NOTICES: Final = ListTable(
    name="notices",
    title=_("Notices"),
    filters=NoticeFilter,
    quick=(Quick("unread", _("Unread"), {"unread": ("true",)}),),
    columns=(
        ListColumn(
            "told",
            _("What happened"),
            template="portal/list/notice.html",
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("topic", _("Topic"), value=lambda line: line.topic.label),
        ListColumn("happened_at", _("When"), Shows.TIME),
        ListColumn("state", _("State"), Shows.STATE, phone=Phone.STATE, is_fixed=True),
    ),
    tone=lambda line: "new" if line.is_unread else "",
)
