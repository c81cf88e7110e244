"""The work of perceiving that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from gateway.sensing import selectors


def _endpoints(now: datetime) -> Due:
    return count_rows(selectors.due_endpoints(now), "next_at")


WORK: Final = (DueWork("endpoints", _("Addresses of resources to ask"), _endpoints),)
