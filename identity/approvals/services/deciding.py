"""The second person's decision, and what the room that owns the act is given to carry out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.canonical import content_hash
from identity.approvals.contracts import (
    OthersProposal,
    Person,
    ProposalChanged,
    ProposalDecided,
    ProposalExpired,
    ProposalNotFound,
    ProposalState,
    Proposed,
    ReasonMissing,
    Settled,
)
from identity.approvals.event_names import ProposalEvent
from identity.approvals.models import Proposal
from identity.approvals.selectors import proposed
from identity.approvals.services.recording import record_proposals
from identity.contracts import Role, SecondPersonRequired
from identity.services import persons


@transaction.atomic
def settle(
    *,
    proposal_id: UUID,
    kind: str,
    by: Person,
    now: datetime,
    note: str = "",
    result_id: UUID | None = None,
) -> Settled:
    """
    Approve a proposal and return what is to be carried out, in the caller's transaction.

    The caller makes exactly the content come true before it commits, under `result_id` where that
    has a name of this form. Whoever approves is asked for their role once more, and keeps it until
    then.

    :raises ProposalNotFound: if there is none of this kind, or another desk decides
    :raises ProposalDecided, ProposalExpired: if it is too late
    :raises SecondPersonRequired: if the person proposed it, gets it, or belongs to whom it is about
    :raises Forbidden: if the person does not hold the role any more, or may not sign in
    :raises ProposalChanged: if the content is not the one that was proposed
    """
    with tenancy.acting_as_platform():
        proposal = _locked(proposal_id, kind=kind, now=now)
        _require_second(proposal, by)
        if content_hash(proposal.content) != proposal.content_hash:
            raise ProposalChanged
        proposal.result_id = result_id or proposal.pk
        _decide(proposal, ProposalState.APPROVED, ProposalEvent.APPROVED, by=by, note=note, now=now)
    return Settled(proposal.pk, proposal.content, proposal.proposed_by_id, by.id)


@transaction.atomic
def refuse(*, proposal_id: UUID, by: Person, reason: str, now: datetime) -> Proposed:
    """
    Refuse what somebody else proposed; nothing happens, and its reference is free again.

    :raises ReasonMissing: without a reason
    Otherwise as `settle`.
    """
    with tenancy.acting_as_platform():
        proposal = _locked(proposal_id, now=now)
        _require_second(proposal, by)
        _decide(
            proposal,
            ProposalState.REFUSED,
            ProposalEvent.REFUSED,
            by=by,
            note=_said(reason),
            now=now,
        )
    return proposed(proposal)


@transaction.atomic
def withdraw(*, proposal_id: UUID, by: Person, reason: str, now: datetime) -> Proposed:
    """
    Take back what one proposed oneself.

    :raises ProposalNotFound, ProposalDecided, ProposalExpired: if there is nothing to take back
    :raises OthersProposal: if somebody else proposed it
    :raises ReasonMissing: without a reason
    """
    with tenancy.acting_as_platform():
        proposal = _locked(proposal_id, now=now)
        if proposal.proposed_by_id != by.id:
            raise OthersProposal
        _decide(
            proposal,
            ProposalState.WITHDRAWN,
            ProposalEvent.WITHDRAWN,
            by=by,
            note=_said(reason),
            now=now,
        )
    return proposed(proposal)


def _locked(proposal_id: UUID, *, now: datetime, kind: str = "") -> Proposal:
    """Lock a proposal that waits, so that two decisions take turns."""
    found = Proposal.objects.filter(pk=proposal_id)
    if kind:
        found = found.filter(kind=kind)
    proposal = found.select_for_update(of=("self",), no_key=True).first()
    if proposal is None:
        raise ProposalNotFound
    if proposal.state == ProposalState.EXPIRED:
        raise ProposalExpired
    if proposal.state != ProposalState.PROPOSED:
        raise ProposalDecided
    if proposal.expires_at <= now:  # Nobody has swept it yet.
        raise ProposalExpired
    return proposal


def _require_second(proposal: Proposal, by: Person) -> None:
    """Let only another person of the right role decide, at this moment and until the commit."""
    if proposal.desk_id not in (None, by.organization_id):
        raise ProposalNotFound
    if by.id in (proposal.proposed_by_id, proposal.barred_person_id):
        raise SecondPersonRequired
    persons.hold_role(person_id=by.id, organization_id=by.organization_id, role=Role(proposal.role))
    if proposal.barred_organization_id is not None:
        persons.require_outsider(person_id=by.id, organization_id=proposal.barred_organization_id)


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason


def _decide(
    proposal: Proposal,
    state: ProposalState,
    event: ProposalEvent,
    *,
    by: Person,
    note: str,
    now: datetime,
) -> None:
    proposal.state, proposal.note, proposal.decided_at = state, note, now
    proposal.decided_by_id, proposal.decided_for_id = by.id, by.organization_id
    proposal.save(
        update_fields=["state", "note", "decided_at", "decided_by", "decided_for", "result_id"]
    )
    record_proposals(event, [proposal])
