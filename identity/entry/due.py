"""The work of the ways in that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from identity.entry.contracts import InvitationState
from identity.entry.models import Invitation


def _to_settle(now: datetime) -> Due:
    due = Invitation.objects.filter(state=InvitationState.WAITING, expires_at__lte=now)
    return count_rows(due.order_by("expires_at"), "expires_at")


WORK: Final = (
    DueWork("invitations", _("Invitations whose time is over"), _to_settle, late_after=None),
)
