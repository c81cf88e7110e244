"""What a person is told, and how they want letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from identity import middleware as identity
from identity.notices import selectors as notices_selectors
from identity.notices import services as notices_services
from identity.notices.contracts import Letters, Topic
from identity.notices.rows import NoticeRow
from marketplace.portal import objects
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.pager import paged

ROWS: Final = 30
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

    id: UUID
    title: str | Promise
    topic: str | Promise
    icon: str
    label: str
    count: int
    happened_at: datetime
    is_unread: bool
    is_reminder: bool
    waits: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class NoticeTab:
    """A choice above the list."""

    label: str | Promise
    query: str
    is_current: bool


class LettersForm(forms.Form):
    """When letters are wanted, a field a topic."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for topic in Topic:
            self.fields[topic.value] = forms.ChoiceField(label=topic.label, choices=Letters.choices)

    def choices(self) -> dict[Topic, Letters]:
        """Return what was chosen."""
        return {topic: Letters(self.cleaned_data[topic.value]) for topic in Topic}


@page()
def notices(request: PortalRequest) -> HttpResponse:
    """Show what the person is told in this organisation, newest first."""
    topic = request.GET.get("topic", "")
    only_unread = request.GET.get("all") != "1"
    found = notices_selectors.notices_of(request.actor).order_by("-id")
    if topic in Topic.values:
        found = found.filter(topic=topic)
    if only_unread:
        found = found.filter(read_at=None)
    rows, pages = paged(found, request, size=ROWS)
    context = {
        "lines": [_line(each) for each in rows],
        "pages": pages,
        "tabs": _tabs(topic, only_unread=only_unread),
        "topics": [("", _("All topics")), *Topic.choices],
        "topic": topic,
        "only_unread": only_unread,
        "until": clock.now().isoformat(),
    }
    return render(request, "portal/notices.html", context)


def _tabs(topic: str, *, only_unread: bool) -> list[NoticeTab]:
    rest = f"&topic={topic}" if topic in Topic.values else ""
    return [
        NoticeTab(_("Unread"), f"?all=0{rest}", only_unread),
        NoticeTab(_("All"), f"?all=1{rest}", not only_unread),
    ]


def _line(notice: NoticeRow) -> NoticeLine:
    topic = Topic(notice.topic)
    return NoticeLine(
        id=notice.pk,
        title=notices_selectors.label_of(notice),
        topic=topic.label,
        icon=ICONS[topic],
        label=notice.object_label,
        count=notice.count,
        happened_at=notice.happened_at,
        is_unread=notice.read_at is None,
        is_reminder=bool(notice.reminders) and notice.answered_at is None,
        waits=notice.remind_at is not None and notice.answered_at is None,
        is_answered=notice.answered_at is not None,
    )


@page()
def notice(request: PortalRequest, notice_id: UUID) -> HttpResponse:
    """Lead to what a notice is about, in the organisation that it is for, and note it as read."""
    found = notices_services.open_notice(
        notice_id=notice_id, person_id=request.actor.person_id, now=clock.now()
    )
    if found.organization_id != request.actor.organization_id:
        identity.switch_organization(request, found.organization_id)
    address = objects.address(found.object_kind, found.object_id, request.actor)
    return redirect(address or "portal:notices")


@page()
def bell(request: PortalRequest) -> HttpResponse:
    """Return the bell with the number of what is unread, for a page that is open."""
    count = notices_selectors.unread_count(request.actor)
    is_more = count >= notices_selectors.UNREAD_COUNTED_MAX
    shown = f"{notices_selectors.UNREAD_COUNTED_MAX - 1}+" if is_more else str(count or "")
    return render(request, "portal/parts/bell.html", {"count": count, "shown": shown})


@page()
@form_only
def read(request: PortalRequest) -> HttpResponse:
    """Note as read what was there when the page was drawn."""
    try:
        until = min(datetime.fromisoformat(request.POST.get("until", "")), clock.now())
    except (ValueError, TypeError):
        until = clock.now()
    notices_services.mark_all_read(request.actor, until=until, now=clock.now())
    messages.success(request, _("All is marked as read."))
    return redirect("portal:notices")


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: PortalRequest) -> HttpResponse:
    """Choose when notices come by e-mail, too."""
    chosen = {
        topic.value: value
        for topic, value in notices_selectors.letter_choices(request.actor).items()
    }
    form = LettersForm(request.POST or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        notices_services.choose_letters(request.actor, form.choices())
        messages.success(request, _("Your choice holds from the next notice on."))
        return redirect("portal:notice-letters")
    return render(request, "portal/notice_letters.html", {"form": form, "fields": list(form)})
