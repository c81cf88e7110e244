"""A form acts once, however often it is sent: a double click, a reload, an impatient second try."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.db import connection
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils import timezone

from identity.models import IdempotencyRecord
from marketplace.portal.access import Page, PortalRequest

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
        if request.method != "POST" or not request.POST.get("key"):
            return view(request, *args, **kwargs)
        tenant = request.actor.organization_id
        fingerprint = _fingerprint(request)
        name = f"form:{fingerprint}"
        with connection.cursor() as cursor:
            # The second of two clicks waits here until the first has ended.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))", [name])
        earlier = IdempotencyRecord.objects.filter(organization_id=tenant, key=name).first()
        if earlier is not None:
            return HttpResponseRedirect(earlier.body)
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseRedirect):
            IdempotencyRecord.objects.create(
                organization_id=tenant,
                key=name,
                request_hash=fingerprint,
                status=response.status_code,
                body=response.url,
                created_at=timezone.now(),
            )
        return response

    return guarded


def _fingerprint(request: PortalRequest) -> str:
    """Return a hash of the address and of everything that was typed."""
    content = [
        (name, request.POST.getlist(name)) for name in sorted(request.POST) if name not in UNSIGNED
    ]
    return hashlib.sha256(f"{request.get_full_path()} {content!r}".encode()).hexdigest()
