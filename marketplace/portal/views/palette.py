"""What the command palette finds."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from marketplace.portal import palette as palette_of
from marketplace.portal.access import PortalRequest, page


@page()
@never_cache
def palette(request: PortalRequest) -> HttpResponse:
    """Answer with the lines for what was typed so far: a part of every page."""
    text = request.GET.get("q", "")
    groups = palette_of.found(request, request.actor, text)
    return render(request, "portal/parts/palette.html", {"groups": groups, "text": text.strip()})
