"""The work of notices that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from identity.notices.models import Notice


def _letters(now: datetime) -> Due:
    due = Notice.objects.filter(letter="DUE", letter_due_at__lte=now)
    return count_rows(due.order_by("letter_due_at"), "letter_due_at")


def _reminders(now: datetime) -> Due:
    due = Notice.objects.filter(remind_at__isnull=False, remind_at__lte=now)
    return count_rows(due.order_by("remind_at"), "remind_at")


WORK: Final = (
    # A mail server that is away holds letters up; they are tried again.
    DueWork("letters", _("Letters to send"), _letters, late_after=None),
    DueWork("reminders", _("Notices to call to mind"), _reminders, late_after=None),
)
