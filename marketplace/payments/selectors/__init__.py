"""Reads of payments. Row-level security decides whose."""

from uuid import UUID

from django.db.models import QuerySet

from marketplace.payments.contracts import MovementNotFound
from marketplace.payments.models import Movement


def movements(*, organization_id: UUID | None = None) -> QuerySet[Movement]:
    """Return the movements of an organisation, or all, newest first."""
    found = Movement.objects.order_by("-id")
    return found if organization_id is None else found.filter(organization_id=organization_id)


def movement(movement_id: UUID, *, organization_id: UUID | None = None) -> Movement:
    """
    Return a movement.

    :raises MovementNotFound: if there is none, or it is somebody else's
    """
    found = movements(organization_id=organization_id).filter(pk=movement_id).first()
    if found is None:
        raise MovementNotFound
    return found
