"""The help centre."""

from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render

from marketplace.portal import how_tos
from marketplace.portal.access import PortalRequest, own_page

TEXT_MAX: Final = 80


@own_page
def help_centre(request: PortalRequest) -> HttpResponse:
    """List the how-tos of the member's roles, or those that hold some words."""
    text = "".join(filter(str.isprintable, request.GET.get("q", ""))).strip()[:TEXT_MAX]
    found = how_tos.find(request.actor, text) if text else how_tos.topics_for(request.actor)
    return render(request, "portal/help.html", {"topics": found, "text": text})


@own_page
def topic(request: PortalRequest, name: str) -> HttpResponse:
    """Show one how-to. Whoever has the address may read it: nothing in it is anybody's alone."""
    if not how_tos.is_known(name):
        raise Http404
    found = how_tos.how_to(name)
    context = {
        "topic": found,
        "body": how_tos.rendered(found.text),
        "others": list(how_tos.neighbours(request.actor, name)),
    }
    return render(request, "portal/help_topic.html", context)
