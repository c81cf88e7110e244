"""What other rooms see of call rounds: when they run, what is asked, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from marketplace.budgets.contracts import ApprovalRequired
from marketplace.orders.contracts import REFUSAL_SENTENCES

SLOT: Final = timedelta(hours=1)  # starts and lengths are whole hours of the delivery window
WINDOW_MAX: Final = timedelta(days=31)
PHASE_LEAST: Final = timedelta(seconds=5)
LEAD: Final = timedelta(minutes=2)  # between the end of a round and what it delivers
AHEAD_MAX: Final = timedelta(days=90)
OPTIONS_MAX: Final = 5
STARTS_MAX: Final = 24  # starts of one option that are looked at
NAMES_MAX: Final = 16
LISTINGS_MAX: Final = 100
ORDERS_MAX: Final = 2_000  # of one round
ORDERS_OF_BUYER_MAX: Final = 100
LIMIT_MINOR_MAX: Final = 10_000_000
SOLVE_SECONDS: Final = 10
KEY_MAX: Final = 255
PLAN_CODES: Final = (
    r"^call-r-[0-9]{8}-[0-9]{5,}(-[0-9]+)?$"  # of the plans that say the price of a round
)


class RoundState(TextChoices):
    """Where a round stands."""

    SCHEDULED = "SCHEDULED", _("Scheduled")
    OPEN = "OPEN", _("Open")
    NO_CANCEL = "NO_CANCEL", _("No cancel")
    SOLVING = "SOLVING", _("Being decided")
    PUBLISHED = "PUBLISHED", _("Published")
    CALLED_OFF = "CALLED_OFF", _("Called off")


class RoundMove(StrEnum):
    """What may happen to a round."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"
    SEALED = "SEALED"
    PUBLISHED = "PUBLISHED"
    CALLED_OFF = "CALLED_OFF"


class RoundOrderState(TextChoices):
    """Where an order of a round stands."""

    STANDING = "STANDING", _("In the round")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    FILLED = "FILLED", _("Filled")
    UNFILLED = "UNFILLED", _("Not filled")


class PriceKind(TextChoices):
    """Which of a round's prices a figure is."""

    FIRST = "FIRST", _("First indicative price")
    SECOND = "SECOND", _("Second indicative price")
    FINAL = "FINAL", _("Clearing price")


class RoundWhy(StrEnum):
    """Why an order was filled or not. Codes are API: stable, never reused."""

    WHOLE = "filled"
    IN_PART = "filled_in_part"
    LIMIT = "limit_below_price"
    NO_LISTING = "no_eligible_listing"
    NO_ROOM = "no_room_at_price"
    NO_PRICE = "no_price"
    FUNDS = "insufficient_funds"
    CALLED_OFF = "round_called_off"
    WITHDRAWN = "withdrawn"


REASONS: Final[dict[str, str | Promise]] = {
    **REFUSAL_SENTENCES,
    RoundWhy.WHOLE: _(
        "Its limit reached the price, or that of its price group, and there was room for all of it."
    ),
    RoundWhy.IN_PART: _(
        "Its limit reached the price, or that of its price group, and there was room for a part."
    ),
    RoundWhy.LIMIT: _("Its limit was below the price."),
    RoundWhy.NO_LISTING: _("No listing that sells at the price meets what it asks for."),
    RoundWhy.NO_ROOM: _("Its limit reached the price, but no block was left that it fits into."),
    RoundWhy.NO_PRICE: _(
        "No order could be served at any price that was asked, so there was none."
    ),
    RoundWhy.FUNDS: _("The prepaid balance and the vouchers did not cover its limit."),
    RoundWhy.CALLED_OFF: _("The round was called off."),
    RoundWhy.WITHDRAWN: _("Its buyer withdrew it."),
    "book_halted": _("Trading in the book was halted."),
    "organization_suspended": _("The buyer was suspended."),
    "order_approval_required": _(
        "A second person of the buyer's organisation had to agree to it, and a call round can't"
        " wait for that."
    ),
    "order_rate_exceeded": _("The buyer placed too many orders in a minute."),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments at which a round goes from phase to phase."""

    opens_at: datetime
    first_at: datetime
    no_cancel_at: datetime
    second_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """What a round sells, and when."""

    resource_class: str
    hubs: tuple[str, ...]
    schedule: Schedule
    delivers_from: datetime
    delivers_until: datetime
    chips: tuple[str, ...] = ()
    solve_seconds: int = SOLVE_SECONDS


@dataclass(frozen=True, slots=True)
class RoundOption:
    """One of the ranked alternatives of an order: where, how much, when."""

    units_milli: int
    starts_at: datetime
    hours: int
    latest_start_at: datetime | None = None
    least_milli: int | None = None  # divisible, with this minimum; nothing: all or none
    may_span: bool = False  # all at once, but of up to eight listings
    hubs: tuple[str, ...] = ()  # any of these; none: all of the round
    chips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """An order of a round as its buyer states it; the limit is in fen by the standard hour."""

    options: tuple[RoundOption, ...]
    limit_minor: int
    use_vouchers: bool = True
    use_groups: bool = False  # listings ask its buyer's group's price, and the document shows that


class CallRoundNotFound(NotFound):
    """There is no such call round."""

    code = "call_round_not_found"


class RoundOrderNotFound(NotFound):
    """No such order of a round, or someone else's; the two look alike."""

    code = "round_order_not_found"


class InvalidRound(InvalidInput):
    """A value of the round breaks its limits."""

    code = "invalid_round"
    sentence = _("The round is not valid: %(problem)s")


class InvalidRoundOrder(InvalidInput):
    """A value of the order breaks its limits, or leaves the round's."""

    code = "invalid_round_order"
    sentence = _("The order is not valid: %(problem)s")


class RoundNotOpen(Refusal):
    """The round takes no new orders: it has not opened, or no longer does."""

    code = "round_not_open"
    sentence = _("The round takes no new orders now: it is %(state)s.")


class OrderStays(Refusal):
    """In the no-cancel phase an order may only be raised."""

    code = "round_order_stays"
    sentence = _("From now to the end of the round an order may only raise its limit.")


class RoundIsOver(Refusal):
    """The round is being decided, published or called off."""

    code = "round_is_over"
    sentence = _("Nothing changes in this round any more: it is %(state)s.")


class RoundOrderIsOver(Refusal):
    """The order was withdrawn, or the round decided about it."""

    code = "round_order_is_over"
    sentence = _("The order no longer stands in the round.")


class RoundKeyReused(Refusal):
    """The key stands for another order of the round."""

    code = "round_key_reused"
    status = 422
    sentence = _("This key was used for another order.")


class RoundOrderChanged(Refusal):
    """Somebody changed the order meanwhile."""

    code = "round_order_changed"
    sentence = _("The order was changed meanwhile; look at it again.")


class RoundIsFull(Refusal):
    """The round, or the buyer in it, has as many orders as it may."""

    code = "round_is_full"
    sentence = _("At most %(most)s orders fit.")


class RoundCannotWait(ApprovalRequired):
    """A cap has a second person agree to such an order, and a round ends on time."""

    sentence = _(
        "Orders from %(from)s on under the budget %(budget)s wait for a second person, and a call"
        " round can't wait for that: order outside the round."
    )


class RoundNotDecided(Refusal):
    """There is nothing to download before the round is published."""

    code = "round_not_decided"
    sentence = _("The round is not published yet.")
