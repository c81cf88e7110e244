"""The work of the policy room that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from marketplace.policy.contracts import WorkbenchState
from marketplace.policy.models import PolicyRun


def _waiting(now: datetime) -> Due:
    due = PolicyRun.objects.filter(
        state__in=(WorkbenchState.QUEUED, WorkbenchState.RUNNING), queued_at__lte=now
    )
    return count_rows(due.order_by("queued_at", "id"), "queued_at")


WORK: Final = (
    DueWork(
        "workbench",
        _("Workbench runs to decide"),
        _waiting,
        # A large one takes minutes, and others wait behind it.
        late_after=timedelta(minutes=30),
    ),
)
