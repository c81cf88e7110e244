"""What other rooms see of payments, and what is refused about them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound, Refusal

KEY_LENGTH_MAX: Final = 120
REFERENCE_LENGTH_MAX: Final = 120
CODE_LENGTH_MAX: Final = 60


class PayChannel(TextChoices):
    """By which way money comes and goes."""

    STRIPE = "STRIPE", _("Card or wallet")
    BANK = "BANK", _("Bank transfer")


class MovementKind(TextChoices):
    """Why money enters or leaves the market."""

    TOP_UP = "TOP_UP", _("Top-up")
    REFUND = "REFUND", _("Refund")
    WITHDRAWAL = "WITHDRAWAL", _("Withdrawal")
    PAYOUT = "PAYOUT", _("Payout")
    CLAIM = "CLAIM", _("Voucher claim")


class MovementState(TextChoices):
    """Where a movement of money stands; `rules.TRANSITIONS` says what follows what."""

    REQUESTED = "REQUESTED", _("Asked for")
    APPROVED = "APPROVED", _("Approved")
    SENT = "SENT", _("Under way")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")
    RETURNED = "RETURNED", _("Returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementDraft:
    """
    A movement of money that somebody asks for; the same key again is the same movement.

    What leaves is held on the account that it is paid from at once.
    """

    kind: MovementKind
    channel: PayChannel
    organization_id: UUID
    amount_minor: int
    key: str
    source_id: UUID | None = None
    reference: str = ""  # the other side's name of it, where that is known already
    requested_by_id: int | None = None


class MovementNotFound(NotFound):
    """No such movement of money, or somebody else's."""


class MovementKeyReused(Refusal):
    """The key stands for another movement."""

    code = "movement_key_reused"
    status = 422
    sentence = _("This key was used for another movement of money.")


class MovementMoved(Refusal):
    """The movement is not in a state from which it can take this step."""

    code = "movement_moved"
    sentence = _("This movement of money has moved on: it is %(state)s.")


class SourceExhausted(Refusal):
    """No more goes back to a source than was paid in by it."""

    code = "source_exhausted"
    sentence = _("Only %(left)s of what was paid in this way can go back to it.")
