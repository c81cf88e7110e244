"""A grant ends for good as two operators agree: nothing below it is sold, or answered as active."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import GRANT_END_KIND, GrantState, Role
from identity.event_names import IdentityEvent
from identity.register_models import IdentifierGrant
from identity.services import grants


@transaction.atomic
def propose_end(*, grant_id: UUID, reason: str, by: Person, now: datetime) -> Proposed:
    """
    Propose to end a grant; another operator's approval ends it at once, and all that is below it.

    :raises GrantNotFound: if there is none
    :raises GrantReasonMissing: if it isn't said why
    :raises GrantMoveRefused: if it ended
    :raises ProposalWaits: if that was proposed already
    """
    said = grants.require_reason(reason)
    with tenancy.acting_as_platform():
        grant = grants.locked_grant(grant_id)
        grants.require_move(grant, GrantState.ENDED)
    content = {
        "grant_id": str(grant.pk),
        "name": grant.name,
        "prefix": grant.prefix,
        "reason": said,
    }
    draft = Draft(
        kind=GRANT_END_KIND,
        reference=grant.prefix,
        label=f"{grant.prefix} {grant.name}",
        content=content,
        reason=said,
        role=Role.OPERATOR,
        barred_organization_id=grant.organization_id,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def end_grant(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> IdentifierGrant:
    """
    End a grant, as another operator proposed.

    :raises GrantMoveRefused: if it ended meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=GRANT_END_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        grant = grants.locked_grant(UUID(agreed.content["grant_id"]))
        grants.require_move(grant, GrantState.ENDED)
        ended = grants.next_grant(
            grant,
            id=made,
            state=GrantState.ENDED,
            reason=agreed.content["reason"],
            now=now,
            by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        grants.record_grant(IdentityEvent.GRANT_CHANGED, ended)
    return ended
