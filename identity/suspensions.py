"""
Suspending an organisation and reinstating it: two people agree on either.

A suspended organisation begins nothing new, and what runs stops in the same transaction: rooms that
keep it hear of it by `followers`. Its keys, tokens and agents are refused, its people see one page.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from common import doorbell, tenancy
from common.errors import NotFound
from common.ids import uuid7
from identity import followers, selectors, services
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import (
    REINSTATEMENT_KIND,
    SUSPENSION_KIND,
    SUSPENSION_REASON_MAX,
    Actor,
    AlreadySuspended,
    NotSuspended,
    Role,
    SuspensionReasonMissing,
)
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.models import Organization, Suspension


def suspensions_for(actor: Actor, organization_id: UUID) -> QuerySet[Suspension]:
    """
    Return the suspensions of an organisation, the latest first, for its members and for duties.

    Who is suspended has no duty meanwhile.

    :raises NotFound: if it is someone else's
    """
    if actor.is_suspended and organization_id != actor.organization_id:
        raise NotFound
    found = selectors.organization_for(actor, organization_id)
    return Suspension.objects.filter(organization_id=found.pk).order_by("-id")


def in_force(organization_id: UUID) -> Suspension | None:
    """Return the suspension that holds now; asked for the market, or by a member."""
    return Suspension.objects.filter(organization_id=organization_id, ended_at=None).first()


def propose_suspension(
    *, organization_id: UUID, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to suspend an organisation; another operator's approval suspends it at once.

    :raises NotFound: if there is no such organisation
    :raises SuspensionReasonMissing: if it isn't said why
    :raises SecondPersonRequired: if who proposes belongs to it
    :raises AlreadySuspended: if it is
    :raises OrganizationClosed: if it was closed
    :raises ProposalWaits: if another proposal to suspend it waits
    """
    content = {"organization_id": str(organization_id), "reason": _reason(reason)}
    services.require_open(organization_id)
    organization = _of_others(organization_id, by)
    if organization.suspended_at is not None:
        raise AlreadySuspended
    return approvals.propose(_draft(SUSPENSION_KIND, organization, content, by=by), now=now)


@transaction.atomic
def suspend(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Suspension:
    """
    Suspend an organisation, as another operator proposed.

    What it has begun in open transactions ends first; what begins afterwards is refused.

    :raises AlreadySuspended, OrganizationClosed: if that happened meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=SUSPENSION_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    subject = UUID(agreed.content["organization_id"])
    with tenancy.acting_as_platform():
        _take_standing(subject)
        services.require_open(subject)
        if in_force(subject) is not None:
            raise AlreadySuspended
        suspension = Suspension.objects.create(
            id=made,
            organization_id=subject,
            reason=agreed.content["reason"],
            since=now,
            suspended_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        _record(IdentityEvent.ORGANIZATION_SUSPENDED, suspension, reason=suspension.reason)
        followers.stopped(subject, now)
    return suspension


def propose_reinstatement(
    *, organization_id: UUID, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to reinstate a suspended organisation.

    :raises NotFound, SuspensionReasonMissing, SecondPersonRequired: as `propose_suspension`
    :raises NotSuspended: if it is not suspended
    :raises ProposalWaits: if that was proposed already
    """
    said = _reason(reason)
    organization = _of_others(organization_id, by)
    with tenancy.acting_as_platform():
        suspension = in_force(organization_id)
    if suspension is None:
        raise NotSuspended
    content = {
        "organization_id": str(organization_id),
        "suspension_id": str(suspension.pk),
        "reason": said,
    }
    return approvals.propose(_draft(REINSTATEMENT_KIND, organization, content, by=by), now=now)


@transaction.atomic
def reinstate(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Suspension:
    """
    Reinstate an organisation, as another operator proposed.

    :raises NotSuspended: if it was reinstated meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=REINSTATEMENT_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    subject = UUID(agreed.content["organization_id"])
    with tenancy.acting_as_platform():
        _take_standing(subject)
        suspension = in_force(subject)
        if suspension is None or str(suspension.pk) != agreed.content["suspension_id"]:
            raise NotSuspended
        suspension.ended_at, suspension.end_reason = now, agreed.content["reason"]
        suspension.reinstated_by_id = agreed.proposed_by_id
        suspension.end_agreed_by_id = agreed.decided_by_id
        suspension.end_proposal_id = agreed.id
        suspension.save()
        _record(IdentityEvent.ORGANIZATION_REINSTATED, suspension, reason=suspension.end_reason)
    return suspension


def _take_standing(organization_id: UUID) -> None:
    """Wait for what the organisation has begun, and keep it from beginning more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 14))", [str(organization_id)]
        )


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= SUSPENSION_REASON_MAX:
        raise SuspensionReasonMissing(field="reason", most=SUSPENSION_REASON_MAX)
    return reason


def _of_others(organization_id: UUID, by: Person) -> Organization:
    """Return an organisation to which a person does not belong."""
    organization = selectors.organization(organization_id)
    services.require_outsider(person_id=by.id, organization_id=organization_id)
    return organization


def _draft(
    kind: str, organization: Organization, content: Mapping[str, Any], *, by: Person
) -> Draft:
    return Draft(
        kind=kind,
        reference=str(organization.pk),
        label=organization.name,
        content=content,
        reason=content["reason"],
        role=Role.OPERATOR,
        barred_organization_id=organization.pk,
        by=by,
    )


def _record(name: IdentityEvent, suspension: Suspension, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="organization",
        object_id=suspension.organization_id,
        object_label=suspension.organization.name,
        concerns=[suspension.organization_id],
        facts=facts,
    )
    events.record([event])
    doorbell.ring("register.changed")
