"""Who may open a page: one decorator, read by the tests that try every address as every role."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from common import figures
from common.errors import Forbidden, NotFound, Refusal
from identity.contracts import Actor, Role

STRANGERS_KEEP_SECONDS: Final = 10


class PortalRequest(HttpRequest):
    """A request whose actor is known; what every page receives."""

    actor: Actor
    htmx: Any


Page = Callable[Concatenate[PortalRequest, ...], HttpResponseBase]


def page(*roles: Role) -> Callable[[Page], Callable[..., HttpResponseBase]]:
    """Open a page to members who hold one of the roles; without roles, to every member."""

    def decorate(view: Page) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if getattr(request, "actor", None) is None:
                return render(request, "portal/no_organization.html", status=403)
            if roles and not request.actor.has_role(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.required_roles = frozenset(roles)  # type: ignore[attr-defined]
        return guarded

    return decorate


def own_page(view: Page) -> Callable[..., HttpResponseBase]:
    """
    Open a page of a person's own to whoever is signed in, members of no organisation too.

    The request has no actor then: `person_of` tells who reads.
    """

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return guarded


def person_of(request: HttpRequest) -> int:
    """Return who is signed in, in whichever organisation, or in none."""
    return int(request.user.pk or 0)


def belongs_somewhere(request: HttpRequest) -> bool:
    """Return whether who is signed in acts for an organisation."""
    return getattr(request, "actor", None) is not None


def address_if_open(actor: Actor, name: str) -> str:
    """Return the address of a page of the portal; nothing where the actor could not open it."""
    address = reverse(f"portal:{name}")
    roles: frozenset[Role] = getattr(resolve(address).func, "required_roles", frozenset())
    return address if not roles or actor.has_role(*roles) else ""


def or_stranger(
    members: Callable[..., HttpResponseBase],
    strangers: Callable[..., HttpResponseBase],
    *,
    is_home: bool = False,
) -> Callable[..., HttpResponseBase]:
    """
    Return the view of an address that shows members one page and strangers another.

    The page for strangers is asked for in the scope of nobody: row-level security shows it public
    rows and no others. A browser may keep it for a short while. Who is signed in and belongs to no
    organisation reads what strangers do, but for the home page, which says how that is.
    """

    @wraps(members)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if belongs_somewhere(request) or (is_home and request.user.is_authenticated):
            return members(request, *args, **kwargs)
        return for_strangers(strangers)(request, *args, **kwargs)

    return shown


def for_strangers(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Open a page that is only read to everybody, and let their browser keep it for a while."""

    @require_safe
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            # Of the browser alone: the page is in its language and theme, with its form's token.
            patch_cache_control(response, private=True, max_age=STRANGERS_KEEP_SECONDS)
        return response

    return shown


def form_only(view: Page) -> Page:
    """Let an address take forms alone; to a reader there is nothing at it."""

    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class RefusalMiddleware:
    """Turn a refusal that a page did not answer itself into the page for its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, refusal: Exception) -> HttpResponse | None:
        """Answer a refusal; anything else flies on."""
        if isinstance(refusal, NotFound):
            raise Http404
        if isinstance(refusal, Forbidden):
            raise PermissionDenied
        if isinstance(refusal, Refusal):
            figures.count(figures.REFUSALS, code=refusal.code)
            return render(
                request, "portal/refused.html", {"refusal": refusal}, status=refusal.status
            )
        return None


def organization_id(request: PortalRequest) -> UUID:
    """Return the organisation that the member acts for."""
    return request.actor.organization_id
