"""From which amount on an act takes two people: changed by two people."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from common.money import AMOUNT_MINOR_MAX, too_large
from identity.approvals import kinds, selectors
from identity.approvals.contracts import (
    LIMIT,
    Draft,
    LimitUnchanged,
    NegativeLimit,
    Person,
    Proposed,
    UnknownKind,
)
from identity.approvals.event_names import LimitEvent
from identity.approvals.models import Limit
from identity.approvals.services.deciding import settle
from identity.approvals.services.proposing import propose
from identity.contracts import Role
from identity.events import services as events


def propose_limit(
    *, kind: str, from_minor: int, by: Person, reason: str, now: datetime
) -> Proposed:
    """
    Propose from which amount on a kind of act is to take two people; 0 is always.

    :raises UnknownKind: if there is no such kind, or it has no amount
    :raises NegativeLimit, AmountTooLarge: if it is negative, or more than the ledger takes
    :raises LimitUnchanged: if that is the limit already
    :raises ProposalWaits: if another change of it waits
    """
    if not kinds.kind(kind).has_limit:
        raise UnknownKind(field="kind", kind=kind)
    _require_amount(from_minor)
    if selectors.from_minor(kind) == from_minor:
        raise LimitUnchanged(field="from_minor")
    draft = Draft(
        kind=LIMIT,
        reference=kind,
        label=kind,
        content={"kind": kind, "from_minor": from_minor},
        role=Role.OPERATOR,
        by=by,
        reason=reason,
    )
    return propose(draft, now=now)


def _require_amount(from_minor: int) -> None:
    if from_minor < 0:
        raise NegativeLimit(field="from_minor")
    if from_minor > AMOUNT_MINOR_MAX:
        raise too_large(AMOUNT_MINOR_MAX, field="from_minor")


@transaction.atomic
def change_limit(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, note: str, now: datetime
) -> Limit:
    """
    Let a limit take effect that somebody else proposed.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    by = Person(person_id, organization_id)
    made = uuid7()
    agreed = settle(proposal_id=proposal_id, kind=LIMIT, by=by, result_id=made, now=now, note=note)
    with tenancy.acting_as_platform():
        limit = Limit.objects.create(id=made, proposal_id=agreed.id, set_at=now, **agreed.content)
    facts = {"from_minor": limit.from_minor, "proposal": str(agreed.id)}
    changed = events.Event(LimitEvent.CHANGED, "limit", limit.kind, limit.kind, facts=facts, at=now)
    events.record([changed])
    return limit
