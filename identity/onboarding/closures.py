"""
Closing an organisation: two people agree, once nothing of it runs, is owed or is claimed.

Its records stay. Nobody acts for it from then on: roles, keys, tokens, agents and the sessions of
those who belong nowhere else end with it.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from common.errors import InvalidInput
from common.ids import uuid7
from identity import letters
from identity import selectors as identity
from identity import services as identity_services
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import KeyKind, Role
from identity.events import services as events
from identity.models import Membership, MeteringAgent, Organization, User
from identity.onboarding import leaving
from identity.onboarding.contracts import (
    CLOSURE_KIND,
    NOTE_MAX,
    AlreadyClosed,
    OrganizationNotEmpty,
)
from identity.onboarding.event_names import OnboardingEvent
from identity.onboarding.models import Closure


def propose_closure(*, organization_id: UUID, reason: str, by: Person, now: datetime) -> Proposed:
    """
    Propose to close an organisation for good; another operator's approval closes it at once.

    :raises NotFound: if there is no such organisation
    :raises AlreadyClosed: if it was closed
    :raises OrganizationNotEmpty: if something of it runs, is owed or is claimed
    :raises SecondPersonRequired: if who proposes belongs to it
    :raises ProposalWaits: if that was proposed already
    """
    said = reason.strip()
    if not 1 <= len(said) <= NOTE_MAX:
        raise InvalidInput(field="reason")
    organization = identity.organization(organization_id)
    identity_services.require_outsider(person_id=by.id, organization_id=organization_id)
    _require_open_and_empty(organization, now=now)
    draft = Draft(
        kind=CLOSURE_KIND,
        reference=str(organization.pk),
        label=organization.name,
        content={"organization_id": str(organization.pk), "reason": said},
        reason=said,
        role=Role.OPERATOR,
        barred_organization_id=organization.pk,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def close_organization(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Closure:
    """
    Close an organisation, as another operator proposed; what it has left is asked once more.

    What it has begun in open transactions ends first; what begins afterwards is refused.

    :raises AlreadyClosed, OrganizationNotEmpty: if that changed meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=CLOSURE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    subject = UUID(agreed.content["organization_id"])
    with tenancy.acting_as_platform():
        _take_standing(subject)
        organization = Organization.objects.get(pk=subject)
        _require_open_and_empty(organization, now=now)
        leaving.end_all(subject, reason=agreed.content["reason"], now=now)
        members = _end_people(subject, now=now)
        closure = Closure.objects.create(
            id=made,
            organization_id=subject,
            reason=agreed.content["reason"],
            closed_at=now,
            members=members,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        identity_services.end_grants_of(organization_id=subject, now=now)
        event = events.Event(
            name=OnboardingEvent.CLOSED,
            object_kind="organization",
            object_id=subject,
            object_label=organization.name,
            concerns=[subject],
            facts={"reason": closure.reason},
        )
        events.record([event])
    return closure


def _require_open_and_empty(organization: Organization, *, now: datetime) -> None:
    if organization.closed_at is not None:
        raise AlreadyClosed
    left = [each for each in leaving.left_of(organization.pk, now=now) if each.is_in_the_way]
    if left:
        raise OrganizationNotEmpty(left="; ".join(f"{each.label}: {each.count}" for each in left))


def _take_standing(organization_id: UUID) -> None:
    """Wait for what the organisation has begun, and keep it from beginning more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 14))", [str(organization_id)]
        )


def _end_people(organization_id: UUID, *, now: datetime) -> list[list[object]]:
    """End keys, tokens, agents and roles; return who held which until now."""
    for kind in KeyKind:
        identity_services.revoke_all_keys(organization_id=organization_id, now=now, kind=kind)
    agents = MeteringAgent.objects.filter(organization_id=organization_id, revoked_at=None)
    for agent_id in list(agents.values_list("pk", flat=True)):
        identity_services.revoke_agent(organization_id=organization_id, agent_id=agent_id, now=now)
    held = Membership.objects.filter(organization_id=organization_id).order_by("id")
    members = list(held.values_list("user_id", "role"))
    for user_id, role in members:
        identity_services.remove_member(
            organization_id=organization_id, user_id=user_id, role=Role(role)
        )
    people = {user_id for user_id, _role in members}
    organization = Organization.objects.get(pk=organization_id)
    for person in User.objects.filter(pk__in=people, is_active=True).order_by("id"):
        letters.organization_closed(
            email=person.email, language=person.language, organization=organization
        )
    elsewhere = Membership.objects.filter(user_id__in=people).values_list("user_id", flat=True)
    for user_id in sorted(people - set(elsewhere)):
        identity_services.end_other_devices(user_id=user_id, session_key="")
    return [[user_id, str(role)] for user_id, role in members]
