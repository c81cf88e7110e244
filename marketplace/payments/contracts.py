"""What other rooms see of payments, and what is refused about them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

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


class EventOutcome(TextChoices):
    """What became of an event of the gateway."""

    APPLIED = "APPLIED", _("Applied")
    KNOWN = "KNOWN", _("Known already")
    IGNORED = "IGNORED", _("Nothing to do")
    DIFFERENT = "DIFFERENT", _("A difference")


class DifferenceKind(TextChoices):
    """In what the market's books and somebody else's differ."""

    UNKNOWN_HERE = "UNKNOWN_HERE", _("Known there, not here")
    UNKNOWN_THERE = "UNKNOWN_THERE", _("Known here, not there")
    AMOUNT = "AMOUNT", _("Another amount or currency")
    FOREIGN = "FOREIGN", _("Another account or mode")
    LATE = "LATE", _("Nobody told of it")
    STATE = "STATE", _("Another state")
    DISPUTED = "DISPUTED", _("Contested by the payer")
    TO_BANK = "TO_BANK", _("On its way to the bank")
    CLEARING = "CLEARING", _("Clearing does not add up")
    STALE = "STALE", _("Under way for more than a day")
    LINE = "LINE", _("Unmatched for more than a day")


class LineState(TextChoices):
    """Where a line of a bank statement stands."""

    UNMATCHED = "UNMATCHED", _("To match")
    MATCHED = "MATCHED", _("Matched")


DEPOSIT_KIND: Final = "orders.deposit"  # So called since deposits were booked beside orders.
MATCH_KIND: Final = "payments.match"
REFUND_KIND: Final = "payments.refund"
STATEMENT_BYTES_MAX: Final = 5 * 1024 * 1024
STATEMENT_LINES_MAX: Final = 10_000
EVENT_BYTES_MAX: Final = 256 * 1024
RESOLUTION_LENGTH_MAX: Final = 500
NOTE_LENGTH_MAX: Final = 500


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
    payee_reference: str = ""  # to whom the gateway sends a payout
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


class TopUpLimit(InvalidInput):
    """A top-up is neither too small nor too large."""

    code = "top_up_limit"
    sentence = _("A top-up by card is from %(least)s to %(most)s.")


class ChannelMissing(Refusal):
    """The market is not connected to a gateway."""

    code = "channel_missing"
    sentence = _("The market takes no cards at the moment; pay by bank transfer.")


class NothingToReturn(Refusal):
    """Nothing that could go back came by this source."""

    code = "nothing_to_return"
    sentence = _("Nothing can go back this way.")


class SourceCooling(Refusal):
    """A bank account that is new waits before money goes back to it."""

    code = "source_cooling"
    sentence = _("This bank account is new: money may go back to it from %(when)s on.")


class SourceNotFound(NotFound):
    """No such source, or somebody else's."""


class StatementRefused(InvalidInput):
    """A bank statement cannot be taken as a whole."""

    code = "statement_refused"
    sentence = _("The statement cannot be taken: %(problem)s")


class LineNotFound(NotFound):
    """No such line of a statement."""


class LineMatched(Refusal):
    """The line was matched already."""

    code = "line_matched"
    sentence = _("This line was matched already.")


class DifferenceNotFound(NotFound):
    """No such difference."""


class DifferenceSettled(Refusal):
    """The difference was settled already."""

    code = "difference_settled"
    sentence = _("This difference was settled already.")
