"""The work of the audit room that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.audit.contracts import ExportState
from marketplace.audit.models import Export


def _waiting(now: datetime) -> Due:
    due = Export.objects.filter(
        state__in=(ExportState.QUEUED, ExportState.RUNNING), queued_at__lte=now
    )
    return count_rows(due.order_by("queued_at", "id"), "queued_at")


def _over(now: datetime) -> Due:
    due = Export.objects.filter(state=ExportState.READY, expires_at__lte=now)
    return count_rows(due.order_by("expires_at"), "expires_at")


WORK: Final = (
    DueWork(
        "exports",
        _("Exports to build"),
        _waiting,
        # A large one takes minutes, and others wait behind it.
        late_after=timedelta(minutes=30),
    ),
    DueWork(
        "expired_exports",
        _("Exports whose days are over"),
        _over,
        late_after=timedelta(hours=1),
    ),
)
