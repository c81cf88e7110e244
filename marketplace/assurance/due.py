"""The work of assurance that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.moments import market_date
from marketplace.assurance.audit_selectors import audits_to_remind
from marketplace.assurance.dispute_selectors import disputes_to_remind, to_carry_out, unanswered
from marketplace.assurance.level_selectors import level_months_due

LEVELS_LATE_AFTER: Final = timedelta(minutes=45)  # a credit is booked within the hour


def _reminders(now: datetime) -> Due:
    return count_rows(audits_to_remind(market_date(now)), "opened_at")


def _levels(now: datetime) -> Due:
    return count_rows(level_months_due(now), "due_at")


def _unanswered(now: datetime) -> Due:
    return count_rows(unanswered(now), "answer_due_at")


def _final(now: datetime) -> Due:
    return count_rows(to_carry_out(now), "appeal_until")


def _turns(now: datetime) -> Due:
    return count_rows(disputes_to_remind(now), "remind_at")


WORK: Final = (
    DueWork("service_levels", _("Service levels to count"), _levels, late_after=LEVELS_LATE_AFTER),
    DueWork("disputes_unanswered", _("Disputes that nobody answered in time"), _unanswered),
    DueWork("disputes_final", _("Disputes to carry out"), _final),
    DueWork("dispute_reminders", _("Disputes to remind of"), _turns, late_after=None),
    DueWork("audit_reminders", _("Capacity audits to remind of"), _reminders, late_after=None),
)
