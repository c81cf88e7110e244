"""The end of what nobody decided, and of what nobody can decide any more."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from common import tenancy
from identity.approvals.contracts import ProposalState
from identity.approvals.event_names import ProposalEvent
from identity.approvals.models import Proposal
from identity.approvals.services.recording import record_proposals

SWEEP_MAX: Final = 500


@transaction.atomic
def expire_proposals(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """Let proposals whose time is over wait no more; return how many there were."""
    with tenancy.acting_as_platform():
        due = Proposal.objects.filter(state=ProposalState.PROPOSED, expires_at__lte=now)
        return expire(due.order_by("expires_at", "id")[:limit], now=now)


def expire(due: QuerySet[Proposal], *, now: datetime) -> int:
    """Let some proposals wait no more; whatever is being decided at this moment is left alone."""
    return _end(due, ProposalState.EXPIRED, ProposalEvent.EXPIRED, now=now)


@transaction.atomic
def void_proposals(*, kind: str, references: Collection[str], now: datetime) -> int:
    """
    Let what waits under some references wait no more: what it was about is over.

    Whoever decides one at this moment is left alone, and finds it over. Return how many there were.
    """
    with tenancy.acting_as_platform():
        waiting = Proposal.objects.filter(
            kind=kind, reference__in=references, state=ProposalState.PROPOSED
        )
        return _end(waiting.order_by("id"), ProposalState.VOID, ProposalEvent.VOIDED, now=now)


def _end(
    found: QuerySet[Proposal], state: ProposalState, name: ProposalEvent, *, now: datetime
) -> int:
    rows = list(found.select_for_update(of=("self",), skip_locked=True, no_key=True))
    Proposal.objects.filter(pk__in=[each.pk for each in rows]).update(state=state, decided_at=now)
    for each in rows:
        each.decided_at = now
    record_proposals(name, rows)
    return len(rows)
