"""Where a person is signed in. Under the address of signing in: it touches what opens accounts."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from identity import selectors as identity_selectors
from identity import services as identity_services
from identity import sessions
from marketplace.portal.access import PortalRequest
from marketplace.portal.lists.doors import DEVICES, DeviceLine
from marketplace.portal.tables import Given

# What browsers call themselves, the more telling name first.
BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
OTHERS: Final = "others"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: PortalRequest) -> HttpResponseBase:
    """Show where the person is signed in, and end one of these sessions or all the others."""
    if request.method == "POST":
        _end(request, request.POST.get("device", ""))
        return redirect("portal:devices")
    here = sessions.stored_key(request.session.session_key or "")
    rows = [
        DeviceLine(
            pk=each.pk,
            name=named(each.agent),
            place=each.place,
            signed_in_at=each.signed_in_at,
            last_used_at=each.last_used_at,
            is_here=each.pk == here,
        )
        for each in identity_selectors.devices_of(int(request.user.pk or 0))
    ]
    rows.sort(key=lambda row: not row.is_here)
    table = DEVICES.read(request, Given(rows))
    return table.answer("portal/devices.html", {"count": len(rows)})


def _end(request: PortalRequest, device: str) -> None:
    person_id, key = int(request.user.pk or 0), request.session.session_key or ""
    if device == OTHERS:
        count = identity_services.end_other_devices(user_id=person_id, session_key=key)
        told = ngettext("%(count)s session is ended.", "%(count)s sessions are ended.", count) % {
            "count": count
        }
    else:
        identity_services.end_device(user_id=person_id, device=device)
        told = _("The session is ended.")
    messages.success(request, told)


def named(agent: str) -> str:
    """Return a browser and its system by the names that people know."""
    found = [
        next((name for mark, name in names if mark in agent), "") for names in (BROWSERS, SYSTEMS)
    ]
    return (
        " · ".join(filter(None, found)) or agent[:60] or _("A browser that does not say its name")
    )
