"""The work of this room that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from identity.rights.contracts import OwnExportState
from identity.rights.models import OwnExport


def _to_prepare(now: datetime) -> Due:
    due = OwnExport.objects.filter(state=OwnExportState.WAITING, asked_at__lte=now)
    return count_rows(due.order_by("asked_at"), "asked_at")


WORK: Final = (
    DueWork("own_exports", _("Exports of people's own data"), _to_prepare, late_after=None),
)
