"""The work of energy that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_statement

_PAST: Final = """
    SELECT created_at FROM metering_usagerecord
    WHERE sequence > (SELECT sequence FROM metering_energy_countingplace)
    ORDER BY sequence
"""


def _uncounted(_now: datetime) -> Due:
    return count_statement(_PAST)


WORK: Final = (DueWork("energy", _("Usage without electricity"), _uncounted),)
