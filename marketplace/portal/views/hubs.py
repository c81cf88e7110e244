"""The hubs of the market on a schematic: what is free at each, and from which price on."""

from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common import clock
from identity.contracts import ResourceClass
from marketplace.bulletin import boards
from marketplace.portal import hub_map

# Pictures that a deployment may lay under the schematic.
MAP_TYPES: Final = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
}
CLASSES: Final = (
    (ResourceClass.AI, _("AI compute")),
    (ResourceClass.GENERAL, _("General compute")),
    (ResourceClass.HPC, _("High-performance compute")),
)


@require_safe
def hubs(request: HttpRequest) -> HttpResponse:
    """Show the hubs with what is free and what it costs; nobody needs to sign in for it."""
    asked = request.GET.get("class", "")
    resource_class = asked if asked in ResourceClass.values else ResourceClass.AI
    shown = boards.public()
    found = shown.content.hubs if shown else ()
    lines = [it for it in found if it.resource_class == resource_class]
    context = {
        "now": clock.now(),
        "taken_at": shown.taken_at if shown else None,
        "resource_class": resource_class,
        "classes": CLASSES,
        "marks": hub_map.marks(lines, resource_class=resource_class),
        "rods": () if _map_file() else hub_map.rods(),
        "ties": hub_map.ties(),
        "lines": sorted(lines, key=lambda line: (-line.free_percent, line.hub)),
        "review_number": settings.SITE_BASE_MAP_REVIEW if _map_file() else "",
    }
    return render(request, "portal/hubs.html", context)


def _map_file() -> Path | None:
    """Return the base map of the deployment; one without its review number is not shown."""
    if not (settings.SITE_BASE_MAP and settings.SITE_BASE_MAP_REVIEW):
        return None
    path = Path(settings.SITE_BASE_MAP)
    return path if path.suffix.lower() in MAP_TYPES and path.is_file() else None


@require_safe
def base_map(request: HttpRequest) -> HttpResponseBase:  # noqa: ARG001 - a view's signature
    """Give the picture that the deployment lays under the schematic."""
    path = _map_file()
    if path is None:
        raise Http404
    response = FileResponse(path.open("rb"), content_type=MAP_TYPES[path.suffix.lower()])
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
