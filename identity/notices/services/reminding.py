"""What waits for an act is called to mind until somebody did it, a few times at most."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from common import tenancy
from identity.notices import rules
from identity.notices.contracts import LetterState
from identity.notices.models import Notice

REMINDED_MAX: Final = 500


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Make notices that wait for an act unread again, with a letter; return how many."""
    every = timedelta(hours=settings.NOTICES_REMINDER_HOURS)
    with tenancy.acting_as_platform():
        due = Notice.objects.filter(remind_at__lte=now, answered_at=None).order_by("remind_at")
        found = list(due.select_for_update(skip_locked=True, no_key=True)[:REMINDED_MAX])
        for notice in found:
            notice.reminders += 1
            notice.remind_at = rules.next_reminder_at(notice.reminders, now, every=every)
            notice.read_at = None
            if notice.letter != LetterState.NONE:
                notice.letter, notice.letter_due_at, notice.letter_tries = LetterState.DUE, now, 0
        Notice.objects.bulk_update(
            found,
            ["reminders", "remind_at", "read_at", "letter", "letter_due_at", "letter_tries"],
            batch_size=500,
        )
    return len(found)
