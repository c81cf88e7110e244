"""The work of the register that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.moments import market_date
from identity.models import SmeCertificate
from identity.selectors import certificates_to_remind
from identity.services.grants import overdue_grants


def _to_remind(now: datetime) -> Due:
    due = SmeCertificate.objects.filter(certificates_to_remind(market_date(now)))
    return count_rows(due.order_by("valid_to"), "created_at")


def _to_end(now: datetime) -> Due:
    return count_rows(overdue_grants(now).order_by("not_after"), "not_after")


WORK: Final = (
    DueWork("grants_to_end", _("Grants whose time is over"), _to_end),
    DueWork("certificate_reminders", _("Certificates to remind of"), _to_remind, late_after=None),
)
