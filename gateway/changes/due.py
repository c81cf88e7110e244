"""The work of following changes that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from gateway.changes import selectors


def _changes(now: datetime) -> Due:
    return count_rows(selectors.unnumbered().filter(at__lte=now), "at")


WORK: Final = (DueWork("changes", _("Changes of the register to number and tell"), _changes),)
