"""The end of what nobody decided."""

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
    found = list(due.select_for_update(skip_locked=True, no_key=True))
    Proposal.objects.filter(pk__in=[each.pk for each in found]).update(
        state=ProposalState.EXPIRED, decided_at=now
    )
    for each in found:
        each.decided_at = now
    record_proposals(ProposalEvent.EXPIRED, found)
    return len(found)
