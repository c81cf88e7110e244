"""An audit that nobody ends is called to mind before its day, and once more when it is past."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import reminders, tenancy
from common.moments import market_date
from marketplace.assurance import audit_selectors, locks, telling
from marketplace.assurance.audit_contracts import OVERDUE
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import CapacityAudit

SWEEP_MAX: Final = 200


@transaction.atomic
def remind_of_audits(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """
    Tell 30, 7 and 1 days before audits are due, and the day after that they are overdue.

    Each is told once; who missed earlier ones is told the nearest alone. Return how many were told.
    """
    today = market_date(now)
    with tenancy.acting_as_platform():
        found = locks.audits_due(audit_selectors.audits_to_remind(today), limit=limit)
        for audit in found:
            left = (audit.due_on - today).days
            is_over = left < 0
            audit.reminded_days = OVERDUE if is_over else reminders.step(left)
            name = AssuranceEvent.AUDIT_OVERDUE if is_over else AssuranceEvent.AUDIT_DUE_SOON
            telling.of_audit(name, audit, due_on=audit.due_on, days=abs(left), to_supplier=False)
        CapacityAudit.objects.bulk_update(found, ["reminded_days"])
    return len(found)
