"""The gateway's work that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from gateway import selectors


def _signings(now: datetime) -> Due:
    return count_rows(selectors.due_signings(now), "due_at")


WORK: Final = (DueWork("signings", _("Records and grants that wait for a signature"), _signings),)
