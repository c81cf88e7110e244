"""The big screen, for operators and for whoever has a live link; and the page of links."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common import addresses, clock
from common.errors import Refusal
from identity.contracts import PLATFORM_ROLES, Actor, ResourceClass, Role
from marketplace.bulletin import boards, wall_links
from marketplace.bulletin import selectors as bulletin_selectors
from marketplace.bulletin.board_contracts import LABEL_LENGTH_MAX, LINK_DAYS_MAX, Wall
from marketplace.portal import hub_map, wall_page
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm, WholeField, show_refusal
from marketplace.portal.lists.doors import WALL_LINKS, LinkLine
from marketplace.portal.once import once, remember
from marketplace.portal.tables import Queried

COOKIE: Final = "wall"
DAYS_PROPOSED: Final = 90
INDEX_DAYS: Final = 30
TOKEN_LENGTH_MAX: Final = 64


class LinkForm(OnceForm):
    """Where a screen hangs, and how long its link leads somewhere."""

    label = forms.CharField(
        label=gettext_lazy("Where the screen hangs"), max_length=LABEL_LENGTH_MAX
    )
    days = WholeField(
        label=gettext_lazy("Days until it ends"), min_value=1, max_value=LINK_DAYS_MAX
    )


@require_safe
@never_cache
def open_link(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - one view's form
    """
    Take the token out of the address, and show the screen.

    What stands in an address stands in logs and histories; the screen's browser keeps it instead.
    """
    if len(token) > TOKEN_LENGTH_MAX or boards.wall_by(wall_links.hash_of(token)) is None:
        raise Http404
    response = redirect("portal:wall")
    response.set_cookie(
        COOKIE,
        token,
        max_age=timedelta(days=LINK_DAYS_MAX),
        path=reverse("portal:wall"),
        secure=settings.TLS,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
@never_cache
def wall(request: HttpRequest) -> HttpResponse:
    """Show the big screen."""
    found = _of_reader(request)
    if found is None:
        if COOKIE in request.COOKIES:
            return render(request, "public/wall_over.html", status=HTTPStatus.NOT_FOUND)
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.path)
    return render(request, "public/wall.html", _context(found, clock.now()))


def _of_reader(request: HttpRequest) -> Wall | None:
    """Return the figures for whoever has a duty across the market, or a live link."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None and actor.has_role(*PLATFORM_ROLES):
        return boards.wall()
    token = request.COOKIES.get(COOKIE, "")
    if not token or len(token) > TOKEN_LENGTH_MAX:
        return None
    return boards.wall_by(wall_links.hash_of(token))


def _context(found: Wall, now: datetime) -> dict[str, Any]:
    series = list(bulletin_selectors.series(resource_class=ResourceClass.AI, days=INDEX_DAYS))
    lines = found.public.content.hubs if found.public else ()
    flows = found.wall.content.flows if found.wall else ()
    return {
        "now": now,
        "public": found.public.content if found.public else None,
        "figures": found.wall.content if found.wall else None,
        "taken_at": found.public.taken_at if found.public else None,
        "classes": wall_page.classes(lines),
        "minutes": wall_page.minutes(found.wall.content.minutes if found.wall else ()),
        "alarms": wall_page.alarms(found, now),
        "index": wall_page.index(series),
        "marks": hub_map.marks(lines, resource_class=ResourceClass.AI),
        "arcs": hub_map.arcs(flows),
        "rods": hub_map.rods(),
    }


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def links(request: PortalRequest) -> HttpResponseBase:
    """Show the links to the big screen, and make one; its address is shown this once."""
    now = clock.now()
    form = LinkForm(request.POST or None, initial={"days": DAYS_PROPOSED})
    address = ""
    if request.method == "POST" and form.is_valid():
        address = _issued(request, form, now)
    if address:
        # The answer shows the address, so it is no redirect: `once` alone would not note it.
        remember(request, request.path)
    context = {
        "form": LinkForm(initial={"days": DAYS_PROPOSED}) if address else form,
        "address": address,
    }

    def dated(found: Sequence[Any]) -> list[LinkLine]:
        return [_line(link, now) for link in found]

    table = WALL_LINKS.read(request, Queried(wall_links.links()), dress=dated)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return table.answer("portal/wall_links.html", context, status=status)


def _line(link: Any, now: datetime) -> LinkLine:
    return LinkLine(
        pk=link.pk,
        label=link.label,
        issued_at=link.issued_at,
        issued_by=link.issued_by.called,
        expires_at=link.expires_at,
        state=wall_links.state_of(link, now=now),
    )


def _issued(request: PortalRequest, form: LinkForm, now: datetime) -> str:
    """Return the address of a new link, or nothing after writing why not beside its input."""
    try:
        issued = wall_links.issue(**form.values(), issued_by_id=request.actor.person_id, now=now)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return ""
    return addresses.public(reverse("portal:wall-open", args=[issued.token]))


@page(Role.OPERATOR)
@form_only
def revoke(request: PortalRequest, wall_link_id: UUID) -> HttpResponse:
    """Let a link lead nowhere from now on."""
    link = wall_links.revoke(
        link_id=wall_link_id, revoked_by_id=request.actor.person_id, now=clock.now()
    )
    messages.success(request, _("The link of %(label)s is revoked.") % {"label": link.label})
    return redirect("portal:wall-links")
