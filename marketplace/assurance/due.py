"""The work of assurance that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.moments import market_date
from marketplace.assurance.audit_selectors import audits_to_remind


def _reminders(now: datetime) -> Due:
    return count_rows(audits_to_remind(market_date(now)), "opened_at")


WORK: Final = (
    DueWork("audit_reminders", _("Capacity audits to remind of"), _reminders, late_after=None),
)
