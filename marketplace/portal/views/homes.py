"""The page on which a member lands."""

from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common import clock, moments
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.homes.page import home_of

MORNING_ENDS: Final = 12
AFTERNOON_ENDS: Final = 18


@page()
def own_home(request: PortalRequest) -> HttpResponse:
    """Show what waits for the member, how things stand, and what happened."""
    now = clock.now()
    found = home_of(request.actor, now, wanted=request.GET.get("as", ""))
    context = {
        "home": found,
        "face": found.face,
        "now": now,
        "greeting": _greeting(now),
    }
    return render(request, "portal/home.html", context)


def _greeting(now: datetime) -> str:
    hour = now.astimezone(moments.reader_zone() or moments.market_zone()).hour
    if hour < MORNING_ENDS:
        return _("Good morning")
    return _("Good afternoon") if hour < AFTERNOON_ENDS else _("Good evening")
