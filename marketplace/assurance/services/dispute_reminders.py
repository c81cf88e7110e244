"""Whose turn it is in a dispute is reminded: the provider, an operator, or the second person."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import tenancy
from identity.approvals import selectors as approvals
from marketplace.assurance import dispute_selectors, locks, telling
from marketplace.assurance.dispute_contracts import DISPUTE_KIND, DisputeState
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import TradeDispute
from marketplace.assurance.services.disputing import set_reminder

REMINDED_MAX: Final = 200


@transaction.atomic
def remind_of_disputes(*, now: datetime, limit: int = REMINDED_MAX) -> int:
    """
    Remind whose turn it is by the rule of each dispute; return in how many.

    The provider alone hears that its answer is due; operators that a decision is, or that one
    waits for the second of them. Who missed a reminder hears the nearest alone.
    """
    with tenancy.acting_as_platform():
        found = locks.disputes_due(dispute_selectors.disputes_to_remind(now), limit=limit)
        numbers = [each.number for each in found]
        waiting = approvals.waiting(kind=DISPUTE_KIND).filter(reference__in=numbers)
        proposed = set(waiting.values_list("reference", flat=True))
        for row in found:
            telling.of_turn(_turn(row, proposed), row)
            set_reminder(row, now=now)
        TradeDispute.objects.bulk_update(found, ["remind_at"])
    return len(found)


def _turn(row: TradeDispute, proposed: set[str]) -> AssuranceEvent:
    if row.state == DisputeState.OPEN:
        return AssuranceEvent.DISPUTE_ANSWER_DUE
    if row.number in proposed:
        return AssuranceEvent.DISPUTE_UNAPPROVED
    return AssuranceEvent.DISPUTE_UNDECIDED
