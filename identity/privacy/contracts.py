"""What other rooms see of retention and personal data, and what is refused about them."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

HOLD_KIND: Final = "privacy.hold"
LIFT_KIND: Final = "privacy.hold_lift"
REASON_MAX: Final = 500
OBJECT_MAX: Final = 64


class HeldKind(TextChoices):
    """What a legal hold may be on."""

    ORGANIZATION = "ORGANIZATION", _("Everything of an organisation")
    PERSON = "PERSON", _("A person")
    FILE = "FILE", _("A file")
    METER = "METER", _("The readings of a meter")


class HoldNotFound(NotFound):
    """No such hold, or not for whoever asks."""


class HeldObjectNotFound(InvalidInput):
    """What is to be held does not exist."""

    code = "held_object_not_found"
    sentence = _("There is nothing of this kind under this identifier.")


class AlreadyHeld(Refusal):
    """One hold at a time is on an object."""

    code = "already_held"
    sentence = _("This is under a legal hold already.")


class HoldLifted(Refusal):
    """A hold is lifted once."""

    code = "hold_lifted"
    sentence = _("This legal hold was lifted already.")


class HoldReasonMissing(InvalidInput):
    """Whoever holds or lifts says why."""

    code = "hold_reason_missing"
    sentence = _("Say why, in 1 to %(most)s characters.")


class UnderLegalHold(Refusal):
    """What is under a legal hold stays."""

    code = "under_legal_hold"
    sentence = _("This is under a legal hold and stays until it is lifted.")
