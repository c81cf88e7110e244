"""The actor of a request, in both kinds of view."""

from django.http import HttpRequest
from rest_framework.request import Request

from common import doing, tenancy, trace
from common.errors import Forbidden
from identity.contracts import Actor


def actor_of(request: HttpRequest | Request) -> Actor:
    """
    Return who acts in a request.

    :raises Forbidden: if nobody is signed in, or the person belongs to no organisation
    """
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Forbidden
    return actor


def act(request: HttpRequest, actor: Actor | None) -> None:
    """
    Let a request act for an actor: its transaction sees that actor's tenant and no other.

    What it does is recorded in the actor's name; `identity.middleware` ends that.
    """
    request.actor = actor  # type: ignore[attr-defined]
    doing.enter(_doer(request, actor))
    trace.acts_for(actor.organization_id if actor else None)
    tenancy.enter(tenant_of(actor))


def tenant_of(actor: Actor | None) -> str:
    """Return the tenant an actor's transaction is bound to; nobody's sees public rows only."""
    if actor is None:
        return ""
    return tenancy.PLATFORM if actor.spans_tenants else str(actor.organization_id)


def _doer(request: HttpRequest, actor: Actor | None) -> doing.Doer:
    if actor is None:  # Somebody may be signed in who belongs to no organisation.
        user = getattr(request, "user", None)
        return doing.Doer(person_id=user.pk if user is not None else None)
    return doing.Doer(
        person_id=actor.person_id,
        api_key_id=actor.api_key_id,
        organization_id=actor.organization_id,
    )
