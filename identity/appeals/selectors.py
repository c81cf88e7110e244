"""Reads of appeals: an organisation's own, and all of them to those who look after the market."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from identity.appeals.contracts import AppealNotFound, AppealState
from identity.appeals.models import Appeal
from identity.contracts import Actor, Role

READERS: Final = frozenset({Role.OPERATOR, Role.AUDITOR})


def appeals_for(actor: Actor) -> QuerySet[Appeal]:
    """
    Return the appeals of the actor's organisation, newest first; all to who look after them.

    Who is suspended looks after nothing meanwhile, and reads their own.
    """
    found = Appeal.objects.select_related("organization", "suspension").order_by("-id")
    if actor.has_role(*READERS) and not actor.is_suspended:
        return found
    return found.filter(organization_id=actor.organization_id)


def appeal_for(actor: Actor, appeal_id: UUID) -> Appeal:
    """
    Return one of them.

    :raises AppealNotFound: if there is none, or it is someone else's
    """
    found = appeals_for(actor).filter(pk=appeal_id).first()
    if found is None:
        raise AppealNotFound
    return found


def appeals_of(organization_id: UUID) -> dict[UUID, Appeal]:
    """Return the appeals of an organisation by the suspensions that they are against."""
    return {
        each.suspension_id: each for each in Appeal.objects.filter(organization=organization_id)
    }


def waiting_appeals() -> QuerySet[Appeal]:
    """Return what waits for an answer, the longest first; of closed organisations nothing does."""
    found = Appeal.objects.select_related("organization", "suspension")
    return found.filter(state=AppealState.WAITING, organization__closed_at=None).order_by("id")
