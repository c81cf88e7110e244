"""Reads of proposals: those that wait for somebody, one's own, and those that were decided."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from identity.approvals.contracts import ProposalNotFound, ProposalState, Proposed, Settled
from identity.approvals.models import Limit, Proposal
from identity.approvals.rows import ProposalRow
from identity.contracts import Actor, Role
from identity.models import Membership

WATCHERS = (Role.AUDITOR, Role.OPERATOR)


def proposed(proposal: Proposal) -> Proposed:
    """Return a proposal as other rooms see it."""
    return Proposed(
        id=proposal.pk,
        kind=proposal.kind,
        reference=proposal.reference,
        content=proposal.content,
        content_hash=proposal.content_hash,
        proposed_by_id=proposal.proposed_by_id,
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
    )


def waiting(*, kind: str) -> QuerySet[Proposal]:
    """Return the proposals of a kind that wait."""
    return Proposal.objects.filter(kind=kind, state=ProposalState.PROPOSED)


def waiting_for(*, kind: str, reference: str, at: datetime) -> Proposed | None:
    """Return what waits under a reference and can still be decided, if anything does."""
    found = waiting(kind=kind).filter(reference=reference, expires_at__gt=at).first()
    return None if found is None else proposed(found)


def from_minor(kind: str) -> int:
    """Return from which amount on a kind of act takes two people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT approvals_from_minor(%s)", [kind])
        return int(cursor.fetchone()[0])


def limits(*, kind: str) -> QuerySet[Limit]:
    """Return the limits of a kind over time, the newest first."""
    return Limit.objects.filter(kind=kind).select_related("proposal").order_by("-id")


# --- As somebody sees them ---------------------------------------------------------------------
def visible_to(actor: Actor) -> QuerySet[Proposal]:
    """Return the proposals that somebody may read, newest first; all of them for who watches."""
    found = Proposal.objects.select_related(
        "proposed_by", "proposed_for", "decided_by", "barred_organization", "barred_person"
    ).order_by("-id")
    if actor.has_role(*WATCHERS):
        return found
    return found.filter(_deciding(actor) | Q(proposed_by=actor.person_id))


def to_decide(actor: Actor, *, at: datetime) -> QuerySet[Proposal]:
    """Return what waits for this person: not their own, nor about them or theirs."""
    belongs = Membership.objects.filter(
        user_id=actor.person_id, organization_id=OuterRef("barred_organization_id")
    )
    return (
        visible_to(actor)
        .filter(_deciding(actor), state=ProposalState.PROPOSED, expires_at__gt=at)
        .exclude(proposed_by=actor.person_id)
        .exclude(barred_person__isnull=False, barred_person=actor.person_id)
        .exclude(Exists(belongs))
    )


def visible_waiting(actor: Actor, *, at: datetime) -> QuerySet[Proposal]:
    """Return everything that waits of what somebody may read."""
    return visible_to(actor).filter(state=ProposalState.PROPOSED, expires_at__gt=at)


def made_by(actor: Actor) -> QuerySet[Proposal]:
    """Return what a person proposed."""
    return visible_to(actor).filter(proposed_by=actor.person_id)


def decided(actor: Actor) -> QuerySet[Proposal]:
    """Return what became of the proposals that somebody may read."""
    return visible_to(actor).exclude(state=ProposalState.PROPOSED)


def proposal(proposal_id: UUID, *, actor: Actor) -> Proposal:
    """
    Return a proposal that somebody may read.

    :raises ProposalNotFound: if there is none
    """
    found = visible_to(actor).filter(pk=proposal_id).first()
    if found is None:
        raise ProposalNotFound
    return found


def proposal_of_desk(proposal_id: UUID, *, actor: Actor) -> Proposal:
    """
    Return a proposal that this person's role decides; whether they may is asked with the decision.

    :raises ProposalNotFound: if there is none, or another role or organisation decides
    """
    found = visible_to(actor).filter(_deciding(actor), pk=proposal_id).first()
    if found is None:
        raise ProposalNotFound
    return found


def is_of_desk(proposal: ProposalRow, actor: Actor) -> bool:
    """Return whether this person's role decides a proposal."""
    is_here = proposal.desk_id in (None, actor.organization_id)
    return is_here and actor.has_role(Role(proposal.role))


def _deciding(actor: Actor) -> Q:
    here = Q(desk=None) | Q(desk=actor.organization_id)
    return here & Q(role__in=sorted(actor.roles))


def of_person(person_id: int) -> tuple[QuerySet[Proposal], QuerySet[Proposal]]:
    """Return what a person proposed, and what they decided; asked for the market."""
    made = Proposal.objects.filter(proposed_by_id=person_id)
    return made, Proposal.objects.filter(decided_by_id=person_id)


def agreed_since(*, kind: str, reference: str, since_id: UUID) -> QuerySet[Proposal]:
    """Return what was agreed on under a reference since an identifier was made; for the market."""
    found = Proposal.objects.filter(id__gt=since_id, kind=kind, reference=reference)
    return found.filter(state=ProposalState.APPROVED).order_by("decided_at", "id")


def agreed_result(*, kind: str, result_id: UUID) -> Settled | None:
    """Return what two people agreed on under the name of its result; None if nobody did."""
    found = Proposal.objects.filter(
        kind=kind, result_id=result_id, state=ProposalState.APPROVED
    ).first()
    if found is None or found.decided_by_id is None:
        return None
    return Settled(found.pk, found.content, found.proposed_by_id, found.decided_by_id)
