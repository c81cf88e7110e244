"""Reads of names and places, for members and for duties."""

from uuid import UUID

from django.db.models import QuerySet

from identity import selectors as identity
from identity.contracts import Actor
from identity.particulars.models import FormerName, Place


def names_for(actor: Actor, organization_id: UUID) -> QuerySet[FormerName]:
    """
    Return what an organisation was called, the present name first.

    :raises NotFound: if the organisation is not the actor's to see
    """
    found = identity.organization_for(actor, organization_id)
    return FormerName.objects.filter(organization_id=found.pk).order_by("-id")


def places_for(actor: Actor, organization_id: UUID) -> QuerySet[Place]:
    """
    Return addresses and branches of an organisation, the latest first.

    :raises NotFound: if the organisation is not the actor's to see
    """
    found = identity.organization_for(actor, organization_id)
    return Place.objects.filter(organization_id=found.pk).order_by("-valid_from", "-id")
