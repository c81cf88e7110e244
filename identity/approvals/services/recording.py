"""What is recorded of proposals, in the transaction that changes them."""

from collections.abc import Iterable

from identity.approvals.event_names import ProposalEvent
from identity.approvals.models import Proposal
from identity.events import services as events


def record_proposals(name: ProposalEvent, happened: Iterable[Proposal]) -> None:
    """Record what happened to proposals; the organisations that propose and decide may read it."""
    events.record([_event(name, proposal) for proposal in happened])


def _event(name: ProposalEvent, proposal: Proposal) -> events.Event:
    concerned = (proposal.proposed_for_id, proposal.desk_id, proposal.decided_for_id)
    return events.Event(
        name=name,
        object_kind="proposal",
        object_id=proposal.pk,
        object_label=proposal.label,
        concerns=[each for each in concerned if each is not None],
        facts={
            "kind": proposal.kind,
            "reference": proposal.reference,
            "amount_minor": proposal.amount_minor,
            "role": proposal.role,
            "desk": proposal.desk_id and str(proposal.desk_id),
            "proposed_by": proposal.proposed_by_id,
            "content_hash": proposal.content_hash,
            "expires_at": proposal.expires_at.isoformat(),
        },
        at=proposal.decided_at or proposal.proposed_at,
    )
