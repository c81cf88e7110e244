"""Every request runs in one transaction that is bound to one tenant."""

from collections.abc import Callable
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from common import clock, doing, moments, seals, tenancy
from common.errors import NotFound
from identity import selectors, services
from identity.contracts import Actor
from identity.http import actors

SESSION_ORGANIZATION = "organization_id"
# Pages under it, and none else, read and write what opens accounts.
SIGN_IN_PREFIX = "/accounts/"


class ActorMiddleware:
    """
    Give the request its actor and its transaction the actor's tenant.

    The transaction opens here, around the view and the rendering of its template, so that a lazy
    query in a template is bound as well. The tenant is a transaction-local setting: PostgreSQL
    forgets it at commit and rollback, so a pooled connection carries nothing to the next request.
    ATOMIC_REQUESTS makes a savepoint inside: a view that fails leaves nothing behind.

    Views marked `transaction.non_atomic_requests` get neither actor nor transaction: with
    row-level security they see public rows only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request inside its transaction."""
        request.actor = None  # type: ignore[attr-defined]
        if not _needs_transaction(request):
            return self.get_response(request)
        with doing.by(doing.NOBODY), moments.reading_in(""), transaction.atomic():
            if request.path_info.startswith(SIGN_IN_PREFIX):
                seals.open_sign_in()
            actors.act(request, session_actor(request))
            _note_device(request)
            return self.get_response(request)


def _needs_transaction(request: HttpRequest) -> bool:
    """Return whether the address leads to a view that works in a transaction."""
    try:
        view = resolve(request.path_info, getattr(request, "urlconf", None)).func
    except Resolver404:
        # Error pages carry the signed-in frame of the site.
        return True
    return not getattr(view, "_non_atomic_requests", None)


def session_actor(request: HttpRequest) -> Actor | None:
    """
    Return the signed-in person, acting for the organisation that the session names.

    The caller is inside a transaction, which acts for the platform until it is told otherwise.
    """
    user = request.user
    if not user.is_authenticated:
        return None
    moments.read_in(user.zone)
    # Which organisations a person belongs to is known before any of them is the tenant.
    tenancy.enter(tenancy.PLATFORM)
    wanted = request.session.get(SESSION_ORGANIZATION)
    chosen = UUID(wanted) if wanted else user.acts_for
    return selectors.member_actor(user_id=user.pk, organization_id=chosen)


def _note_device(request: HttpRequest) -> None:
    """Keep, every few minutes, in which browsers a person is signed in and when they used them."""
    user, key = request.user, request.session.session_key
    if not user.is_authenticated or not key or not services.is_to_be_noted(key):
        return
    services.note_device(
        user_id=int(user.pk or 0),
        session_key=key,
        address=get_adapter().get_client_ip(request),
        agent=request.headers.get("User-Agent", ""),
        now=clock.read(),
    )


def switch_organization(request: HttpRequest, organization_id: UUID) -> None:
    """
    Let the session act for another of the person's organisations; the next sign-in begins there.

    :raises NotFound: if the person is no member of it
    """
    user_id = request.user.pk
    with tenancy.acting_as_platform():
        actor = selectors.member_actor(user_id=int(user_id or 0), organization_id=organization_id)
    if actor is None or actor.organization_id != organization_id:
        raise NotFound
    request.session[SESSION_ORGANIZATION] = str(organization_id)
    services.remember_organization(user_id=int(user_id or 0), organization_id=organization_id)
    actors.act(request, actor)
