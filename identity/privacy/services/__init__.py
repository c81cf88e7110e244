"""What this room does: legal holds, and the record of who saw what."""

from identity.privacy.services.holding import (
    confirm_hold,
    confirm_lift,
    propose_hold,
    propose_lift,
)
from identity.privacy.services.removing import DuePart, preview, remove_over
from identity.privacy.services.seeing import Opened, drop_months, make_months, note_seen

__all__ = [
    "DuePart",
    "Opened",
    "confirm_hold",
    "confirm_lift",
    "drop_months",
    "make_months",
    "note_seen",
    "preview",
    "propose_hold",
    "propose_lift",
    "remove_over",
]
