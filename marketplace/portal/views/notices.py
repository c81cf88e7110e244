"""What a person is told, and how they want letters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from identity import middleware as identity
from identity.notices import selectors as notices_selectors
from identity.notices import services as notices_services
from identity.notices.contracts import Letters, Topic
from marketplace.portal import objects
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.lists.notices import NOTICES, notice_line
from marketplace.portal.tables import Queried


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
def notices(request: PortalRequest) -> HttpResponseBase:
    """Show what the person is told in this organisation, newest first."""
    found = Queried(notices_selectors.notices_of(request.actor).order_by("-id"))
    table = NOTICES.read(request, found, dress=lambda page: [notice_line(each) for each in page])
    unread = notices_selectors.unread_count(request.actor)
    context = {
        "unread": unread,
        "unread_shown": _counted(unread),
        "until": clock.now().isoformat(),
    }
    return table.answer("portal/notices.html", context)


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
    context = {"count": count, "shown": _counted(count)}
    return render(request, "portal/parts/bell.html", context)


def _counted(count: int) -> str:
    is_more = count >= notices_selectors.UNREAD_COUNTED_MAX
    return f"{notices_selectors.UNREAD_COUNTED_MAX - 1}+" if is_more else str(count or "")


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
