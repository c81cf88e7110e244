"""What other rooms see of the conversation about an order: words, limits and refusals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

BODY_LENGTH_MAX: Final = 4_000
CHANGE_WORDS_LENGTH_MAX: Final = 1_000
ATTACHMENTS_MAX: Final = 5  # of one message
ATTACHMENTS_BYTES_MAX: Final = 20 * 1024 * 1024  # of all files of one message
MESSAGES_MAX: Final = 2_000  # about one order
CHANGES_MAX: Final = 200  # asked for of one order
ANSWERED_WITHIN: Final = timedelta(days=3)
ATTACHED: Final = "fulfilment.message"  # what files are kept for, and what relies on them


class TalkSide(TextChoices):
    """Which of the two parties of an order speaks."""

    BUYER = "BUYER", _("Buyer")
    PROVIDER = "PROVIDER", _("Provider")


class DeliveryChangeKind(TextChoices):
    """What one side asks of the other."""

    EXTEND = "EXTEND", _("Go on until a later moment")
    SHRINK = "SHRINK", _("Deliver less from a moment on")
    END = "END", _("End earlier, at a moment")
    MOVE = "MOVE", _("Another time or resource")


class DeliveryChangeState(TextChoices):
    """Where a request stands."""

    OPEN = "OPEN", _("Waits for an answer")
    ACCEPTED = "ACCEPTED", _("Agreed on")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    EXPIRED = "EXPIRED", _("Not answered in time")


class ChangeVerdict(TextChoices):
    """What the other side says to a request."""

    ACCEPT = "ACCEPT", _("Agree to it")
    REFUSE = "REFUSE", _("Refuse")


WITH_MOMENT: Final = (
    DeliveryChangeKind.EXTEND,
    DeliveryChangeKind.SHRINK,
    DeliveryChangeKind.END,
)
WITH_WORDS: Final = (DeliveryChangeKind.SHRINK, DeliveryChangeKind.MOVE)  # or units, of the first
# What follows once both sides agree: an end is carried out; what spends the buyer's money is an
# order, which only the buyer gives.
TO_DO: Final = {
    DeliveryChangeKind.EXTEND: _(
        "Nothing is extended by itself. The buyer places an order that goes on where this one ends,"
        " at the price of that day; the provider keeps the capacity on offer."
    ),
    DeliveryChangeKind.SHRINK: _(
        "From the moment on the order is of the smaller amount: more than that is not charged, what"
        " its plan charges for reserved or ready capacity is counted by it, and the rest of the"
        " capacity is free. What is prepaid or owed at least stays as it was. The hold returns with"
        " the settlement. The provider takes the rest out of operation."
    ),
    DeliveryChangeKind.END: _(
        "The order ends at the moment, without notice and without a fee: delivery and charging end,"
        " its capacity is free from then on, and what is left of its holds returns with the"
        " settlement. What its plan commits the buyer to is owed as at every early end. What was"
        " agreed on before, for a later moment, counts no longer."
    ),
    DeliveryChangeKind.MOVE: _(
        "Nothing moves by itself. The buyer cancels or ends this order and orders what was agreed"
        " on; the provider keeps that on offer."
    ),
}


@dataclass(frozen=True, slots=True)
class AskedChange:
    """What one side asks of the other: a moment, an amount in thousandths, words."""

    kind: DeliveryChangeKind
    moment: datetime | None = None
    units_milli: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class TalkReading:
    """How far one side has read, and how many messages of the other side it has not."""

    read: int
    unread: int
    closes_at: datetime | None = None  # from when on nothing new is written; none: open


@dataclass(frozen=True, slots=True)
class TalkTerms:
    """How long after its order is over a conversation takes new messages, by version."""

    name: str
    open_after: timedelta


@dataclass(frozen=True, slots=True)
class TalkSubject:
    """The order that two parties talk about, and how far it has come."""

    order_id: UUID
    order_number: str
    buyer_id: UUID
    provider_id: UUID
    is_matched: bool  # its provider has it among its orders
    is_running: bool  # cleared and not over: a change may be asked for
    units_milli: int
    starts_at: datetime
    leaves_at: datetime  # when it ends; earlier than ordered if its delivery does
    closes_at: datetime | None
    delivery_id: UUID | None
    listing_id: UUID | None


class DeliveryMessageEmpty(InvalidInput):
    """A message says nothing."""

    code = "delivery_message_empty"
    status = 422
    sentence = _("Write something.")


class DeliveryMessageTooLong(InvalidInput):
    """A message is longer than one may be."""

    code = "delivery_message_too_long"
    status = 422
    sentence = _("A message has at most %(most)d characters.")


class TooManyAttachments(InvalidInput):
    """A message carries more files than one may."""

    code = "delivery_attachments_too_many"
    status = 422
    sentence = _("A message carries at most %(most)d files.")


class AttachmentsTooLarge(InvalidInput):
    """The files of a message are larger in all than they may be."""

    code = "delivery_attachments_too_large"
    status = 422
    sentence = _("These files have %(size)s in all; together they have at most %(most)s.")


class TalkClosed(Refusal):
    """The order has been over for so long that nothing new is written about it."""

    code = "order_talk_closed"
    sentence = _("This conversation was closed on %(since)s, %(days)d days after its order ended.")


class NobodyToTalkTo(Refusal):
    """No provider is known of an order that waits for any."""

    code = "order_has_no_provider"
    sentence = _("No provider is known yet: the market looks for one when it clears the order.")


class TalkFull(Refusal):
    """There are as many messages about an order as there may be."""

    code = "delivery_talk_full"
    sentence = _("This conversation has %(most)d messages; no more are taken.")


class DeliveryChangeNotFound(NotFound):
    """There is no such request, or it is of someone else's order; the two look alike."""

    code = "delivery_change_not_found"
    sentence = _("There is no such request.")


class DeliveryChangeInvalid(InvalidInput):
    """A request does not say what it has to, or what cannot be."""

    code = "delivery_change_invalid"
    status = 422
    sentence = _("This cannot be asked for: %(why)s")


class DeliveryChangeOpen(Refusal):
    """A request of the same kind waits for its answer."""

    code = "delivery_change_open"
    sentence = _("A request of this kind waits for its answer already.")


class DeliveryChangeClosed(Refusal):
    """A request takes this answer no longer, or not from this side."""

    code = "delivery_change_closed"
    sentence = _("This request takes no such answer: %(why)s")


class ChangeReasonMissing(InvalidInput):
    """A refusal gives its reason."""

    code = "delivery_change_reason_missing"
    status = 422
    sentence = _("Say why you refuse it.")
