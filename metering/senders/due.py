"""The work of senders that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from metering.senders import selectors


def _waiting(now: datetime) -> Due:
    return count_rows(selectors.due_series(now), "due_at")


WORK: Final = (DueWork("waiting_samples", _("Series whose samples wait"), _waiting),)
