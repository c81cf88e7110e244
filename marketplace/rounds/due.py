"""The work of call rounds that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.rounds.models import LIVE, CallRound

LATE_AFTER: Final = timedelta(minutes=3)  # a minute to decide, and two to try again


def _due(now: datetime) -> Due:
    """Return the rounds that ended and are not published; each is decided within its seconds."""
    found = CallRound.objects.filter(LIVE, ends_at__lte=now)
    return count_rows(found.order_by("ends_at", "id"), "ends_at")


WORK: Final = (DueWork("rounds", _("Call rounds to decide"), _due, late_after=LATE_AFTER),)
