"""A form acts once, however often it is sent: a double click, a reload, an impatient second try."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.db import connection
from django.http import HttpResponseBase, HttpResponseRedirect

from common import clock
from identity import services as identity_services
from marketplace.portal.access import Page, PortalRequest, belongs_somewhere

PREFIX: Final = "form:"
UNSIGNED: Final = frozenset({"csrfmiddlewaretoken"})


def once(view: Page) -> Callable[..., HttpResponseBase]:
    """
    Answer the second sending of a form with the redirect of the first.

    The form carries a hidden `key`. Key and content together name a sending, so that a form which
    was changed after the browser's Back button counts as new. The record is written in the
    transaction of the effect: either both exist or neither.
    """

    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_sent = request.method == "POST" and request.POST.get("key")
        # Replies are kept by organisation; what persons without one may do, they may do twice.
        if not is_sent or not belongs_somewhere(request):
            return view(request, *args, **kwargs)
        earlier = sent_before(request)
        if earlier is not None:
            return HttpResponseRedirect(earlier)
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseRedirect):
            remember(request, response.url)
        return response

    return guarded


def sent_before(request: PortalRequest) -> str | None:
    """Return where the first sending of a form led to; the second of two clicks waits for it."""
    name = _name(request)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))", [name])
    return identity_services.kept_reply(organization_id=request.actor.organization_id, key=name)


def remember(request: PortalRequest, address: str) -> None:
    """Note, in the transaction of the effect, that a form has acted and where it led to."""
    name = _name(request)
    identity_services.keep_reply(
        organization_id=request.actor.organization_id,
        key=name,
        request_hash=name.removeprefix(PREFIX),
        status=302,
        body=address,
        now=clock.now(),
    )


def _name(request: PortalRequest) -> str:
    """Return a name made of the address and of everything that was typed, the key included."""
    content = [
        (name, request.POST.getlist(name)) for name in sorted(request.POST) if name not in UNSIGNED
    ]
    return PREFIX + hashlib.sha256(f"{request.get_full_path()} {content!r}".encode()).hexdigest()
