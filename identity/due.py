"""The work of the register that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from common.moments import market_date
from identity.models import SmeCertificate
from identity.selectors import certificates_to_remind


def _to_remind(now: datetime) -> Due:
    due = SmeCertificate.objects.filter(certificates_to_remind(market_date(now)))
    return count_rows(due.order_by("valid_to"), "created_at")


WORK: Final = (
    DueWork("certificate_reminders", _("Certificates to remind of"), _to_remind, late_after=None),
)
