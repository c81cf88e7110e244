"""What waits on a desk before it is a dispute: kinds, clocks by rule, and what each item says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

DESK_MAX: Final = 500  # items of a kind


class DeskKind(TextChoices):
    """What waits for somebody."""

    MESSAGE = "MESSAGE", _("Message without an answer")
    CHANGE = "CHANGE", _("Change asked for")
    ANSWER_ORDER = "ANSWER_ORDER", _("Order to answer")
    READY = "READY", _("To be made ready")
    RESTORE = "RESTORE", _("Interrupted, to be restored")
    RENEW_ACCESS = "RENEW_ACCESS", _("Access to be handed over anew")
    WIPE = "WIPE", _("Wiping to be confirmed")
    LEVEL = "LEVEL", _("Service level near its limit")
    ANSWER = "ANSWER", _("Dispute to answer")
    APPEAL = "APPEAL", _("Decision that may be appealed against")
    DECIDE = "DECIDE", _("Dispute to decide")


@dataclass(frozen=True, slots=True)
class DeskRule:
    """A version of the clocks of the desk."""

    name: str
    message_within: timedelta  # a message is to be answered
    ready_ahead: timedelta  # a delivery stands on the desk so long before it has to be ready
    level_left_percent: int  # a service level does once so much of its allowance is left
    decide_within: timedelta  # a dispute is to be decided


DESK_RULES: Final[Mapping[str, DeskRule]] = {
    "desk-1": DeskRule(
        "desk-1",
        message_within=timedelta(hours=24),
        ready_ahead=timedelta(hours=24),
        level_left_percent=50,
        decide_within=timedelta(days=5),
    )
}
NEWEST_DESK: Final = "desk-1"


@dataclass(frozen=True, slots=True)
class DeskItem:
    """Something that waits: what it is, of which object, since when, and when it is due."""

    kind: DeskKind
    object_id: UUID  # of the delivery, of the contract's order, or of the dispute
    label: str
    since: datetime
    due_at: datetime
    facts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def sort_key(self) -> tuple[datetime, str, str]:
        """Return what it is sorted by: what is due first before the others."""
        return (self.due_at, self.kind, self.label)
