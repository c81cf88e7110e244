"""Requests for fapiao."""

from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import Actor
from marketplace.statements.contracts import FapiaoNotFound, FapiaoState
from marketplace.statements.models import Fapiao
from marketplace.statements.selectors.statements import READERS_OF_ALL


def fapiao_of(actor: Actor) -> QuerySet[Fapiao]:
    """Return the requests that an actor reads: all by duty, else the organisation's own."""
    found = Fapiao.objects.select_related("statement", "organization").order_by("-sequence")
    if actor.has_role(*READERS_OF_ALL):
        return found
    return found.filter(organization_id=actor.organization_id)


def fapiao_request(fapiao_id: UUID, actor: Actor) -> Fapiao:
    """
    Return a request.

    :raises FapiaoNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = fapiao_of(actor).filter(pk=fapiao_id).first()
    if found is None:
        raise FapiaoNotFound
    return found


def fapiao_to_export() -> QuerySet[Fapiao]:
    """Return what the tax system is to be told, or was told and has not answered yet."""
    found = Fapiao.objects.select_related("statement", "organization")
    return found.filter(state__in=[FapiaoState.REQUESTED, FapiaoState.EXPORTED]).order_by(
        "sequence"
    )
