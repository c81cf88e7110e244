"""The work of statistics that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from metering.energy import selectors as energy_selectors


def _hours(_now: datetime) -> Due:
    return count_rows(energy_selectors.changed_hours(), "noticed_at")


WORK: Final = (DueWork("statistics", _("Hours to roll up"), _hours),)
