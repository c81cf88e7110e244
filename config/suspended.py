"""
People of a suspended organisation see one page: why, since when, and what they may still do.

It is asked with every request, once it is known who acts: a session that was open before sees the
page with its next request. What stays open is one's own account and data, another of one's
organisations, and the way out: pages by `OPEN`, the API where a view says `open_to_suspended`.
"""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase

from config import failures
from identity.contracts import Actor, OrganizationSuspended
from identity.middleware import SIGN_IN_PREFIX
from marketplace.portal.views import suspended

OPEN: Final = frozenset(
    {
        "portal:choose-language",
        "portal:choose-organization",
        "portal:choose-theme",
        "portal:own-appeal",
        "portal:own-data",
        "portal:own-data-file",
        "portal:own-erasure",
        "portal:profile",
    }
)


class SuspendedMiddleware:
    """Answer people of a suspended organisation with the page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer with the page, or let an address of the list go on."""
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None or not actor.is_suspended or is_open(request):
            return None
        if request.path_info.startswith(failures.API_PREFIX):
            return failures.refused(request, OrganizationSuspended())
        return suspended.suspended_page(request, actor)


def is_open(request: HttpRequest) -> bool:
    """Return whether an address answers people of a suspended organisation."""
    match = request.resolver_match
    if match is None or request.path_info.startswith(SIGN_IN_PREFIX):
        return True
    view = getattr(match.func, "cls", None)
    return match.view_name in OPEN or bool(getattr(view, "open_to_suspended", False))
