"""What other rooms see of orders, and the frozen values that clearing works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.period import Period
from identity.contracts import CapacityUnit, ResourceClass
from marketplace.orders.terms import InstalmentTerms, SizedSupplier
from marketplace.vouchers.contracts import Cover, Purse
from marketplace.vouchers.terms import HolderFacts
from pricing.contracts import RateCard

UNITS_MILLI_MAX: Final = 10**9
SECONDS_MAX: Final = 366 * 24 * 3600
SECONDS_AHEAD_MAX: Final = 366 * 24 * 3600
CHIPS_MAX: Final = 16
VOUCHERS_MAX: Final = 20
BATCH_ORDERS_MAX: Final = 1_000
ORDER_KIND: Final = "orders.order"  # What takes two people of the buyer, where a cap says so.
HALT_KIND, RESUME_KIND = "orders.halt", "orders.resume"  # Two operators halt and resume a book.
HALT_REASON_MAX: Final = 500
RATE_MAX: Final = 1_000_000  # The most orders a minute that an operator lets anybody place.
# One operator alone halts a book so long, and again after so long.
HALT_ALONE, HALT_ALONE_REST = timedelta(hours=1), timedelta(hours=24)


class OrderState(TextChoices):
    """Where an order stands."""

    PLACED = "PLACED", _("Placed")
    CLEARED = "CLEARED", _("Cleared")
    SETTLED = "SETTLED", _("Settled")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")


class Phase(TextChoices):
    """What an order is doing, in one word; one that is cleared waits, runs or is being settled."""

    WAITING = "WAITING", _("Waiting to clear")
    SCHEDULED = "SCHEDULED", _("Scheduled")
    RUNNING = "RUNNING", _("Running")
    SETTLING = "SETTLING", _("Being settled")
    SETTLED = "SETTLED", _("Settled")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")
    CHECKED = "CHECKED", _("Being checked")


class PaceAct(TextChoices):
    """What an organisation does so many times a minute, and no oftener."""

    PLACED = "PLACED", _("Placed")
    CANCELLED = "CANCELLED", _("Cancelled")


class ImportState(TextChoices):
    """Where an import stands: at work, whole, or done as far as it went."""

    RUNNING = "RUNNING", _("Running")
    FINISHED = "FINISHED", _("Finished")
    INCOMPLETE = "INCOMPLETE", _("Incomplete")


class OrderEventKind(TextChoices):
    """What an order goes through. Most kinds move its state; the others only tell of progress."""

    PLACED = "PLACED", _("Placed")
    VOUCHER_HELD = "VOUCHER_HELD", _("Voucher held")
    MATCHED = "MATCHED", _("Matched")
    CLEARED = "CLEARED", _("Cleared")
    REFUSED = "REFUSED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")
    PROVISIONED = "PROVISIONED", _("Provisioned")
    METERED = "METERED", _("First use measured")
    SETTLED = "SETTLED", _("Settled")


class RefusalCode(StrEnum):
    """Why an order was rejected. The codes are API: stable, never reused."""

    CAPACITY_EXHAUSTED = "capacity_exhausted"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LISTING_CLOSED = "listing_closed"
    OUTSIDE_AVAILABILITY = "outside_availability"
    VOUCHER_REFUSED = "voucher_refused"
    NO_ELIGIBLE_LISTING = "no_eligible_listing"
    PERIOD_OVER = "period_over"
    OWN_LISTING = "own_listing"
    RELATED_PARTY = "related_party"
    BELOW_LEAST_QUANTITY = "below_least_quantity"
    OFF_QUANTITY_STEP = "off_quantity_step"
    BELOW_LEAST_DURATION = "below_least_duration"
    OFF_DURATION_STEP = "off_duration_step"
    BELOW_LEAST_AMOUNT = "below_least_amount"
    PRICE_OUTSIDE_COLLAR = "price_outside_collar"
    BUDGET_EXCEEDED = "budget_exceeded"
    CLOSED_IN_REVIEW = "closed_in_review"


REFUSAL_SENTENCES: Final[dict[str, str | Promise]] = {
    RefusalCode.CAPACITY_EXHAUSTED: _("Not enough capacity was left for the whole period."),
    RefusalCode.INSUFFICIENT_FUNDS: _("The prepaid balance did not cover the cash part."),
    RefusalCode.LISTING_CLOSED: _("The listing was no longer open."),
    RefusalCode.OUTSIDE_AVAILABILITY: _("The period lies outside what the listing offers."),
    RefusalCode.VOUCHER_REFUSED: _("The chosen voucher could not pay for this order."),
    RefusalCode.NO_ELIGIBLE_LISTING: _("No open listing meets the requirement."),
    RefusalCode.PERIOD_OVER: _("The period was over before the order could be cleared."),
    RefusalCode.OWN_LISTING: _("Only your organisation's own listings would have served."),
    RefusalCode.BUDGET_EXCEEDED: _("A budget of your organisation left too little for it."),
    RefusalCode.RELATED_PARTY: _("Buyer and provider are related, and the market refuses that."),
    RefusalCode.BELOW_LEAST_QUANTITY: _("The order asked for less than the least quantity."),
    RefusalCode.OFF_QUANTITY_STEP: _("The quantity was no whole number of the listing's steps."),
    RefusalCode.BELOW_LEAST_DURATION: _("The order was shorter than the least duration."),
    RefusalCode.OFF_DURATION_STEP: _("The duration was no whole number of the listing's steps."),
    RefusalCode.BELOW_LEAST_AMOUNT: _("The order would have cost less than the least amount."),
    RefusalCode.PRICE_OUTSIDE_COLLAR: _(
        "A standard hour would have cost less, or more, than the book allowed."
    ),
    RefusalCode.CLOSED_IN_REVIEW: _(
        "The order could not be cleared, and the market's operator closed it. Nothing was paid."
    ),
}


class OrderReviewCode(StrEnum):
    """Why an order or a listing waits for a check. The codes are API: stable, never reused."""

    CLEARING_FAILED = "clearing_failed"
    WORKER_DIED = "worker_died"


REVIEW_SENTENCE: Final = _(
    "This order could not be cleared and waits for a check by the market's operator."
)


class StepState(StrEnum):
    """How a step of an order's path is drawn."""

    DONE = "done"
    PAST = "past"  # reached by an order that came to nothing
    NOW = "now"
    TODO = "todo"
    FAILED = "failed"


class RoundStep(TextChoices):
    """The steps of a clearing round, in their order."""

    SNAPSHOT = "SNAPSHOT", _("Read rules, listings and balances")
    MATCH = "MATCH", _("Match orders with listings")
    ALLOCATE = "ALLOCATE", _("Reserve capacity")
    HOLD = "HOLD", _("Hold vouchers and cash in the ledger")
    RECORD = "RECORD", _("Record and hash the round")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a buyer needs, where any listing of a book that has it will do."""

    resource_class: str
    hub: str
    chips: tuple[str, ...] = ()  # any of these; empty: any chip


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the buyer of an unusually large order says once more, to the thousandth and the fen."""

    units_milli: int
    amount_minor: int | None  # none where nobody knows the price yet


@dataclass(frozen=True, slots=True)
class OrderWish:
    """
    What a buyer wants: one listing, or a requirement that any listing of a book may meet.

    `key` is the buyer's own name; placed again it is a no-op. `quote_id` fixes the price shown
    before, once. `voucher_ids` insists on these; with `use_vouchers` whatever fits, then cash.
    """

    key: str
    units_milli: int
    period: Period
    listing_id: UUID | None = None
    requirement: Requirement | None = None
    quote_id: UUID | None = None
    use_vouchers: bool = True
    voucher_ids: tuple[UUID, ...] = ()
    repeated: Repeated | None = None
    project_id: UUID | None = None
    person_id: int | None = None  # behind the order; else who acts just now
    is_approved: bool = False  # by a second person of the buyer
    token_mix: tuple[tuple[str, int], ...] = ()  # tokens by kind, in what shares


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """What is known of an import before its first row."""

    organization_id: UUID | None
    source: str
    file_name: str
    content_hash: str
    usage_format: str
    zone: str
    requested_by: str


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """A line of a file and what it said, as its order remembers them."""

    line: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of a price, as the quote or the plan explains it."""

    kind: str
    amount_minor: int
    text: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Demand:
    """
    A placed order as clearing sees it.

    When a listing was named, `lines` and the versions that made them are frozen since the order was
    placed: a plan that changes in between changes nothing.
    """

    order_id: UUID
    buyer_id: UUID
    placed_at: datetime
    starts_at: datetime
    ends_at: datetime
    units_milli: int
    listing_id: UUID | None
    chips: tuple[str, ...]
    lines: tuple[PricedLine, ...] | None
    use_vouchers: bool
    voucher_ids: tuple[UUID, ...] = ()
    plan_version_id: UUID | None = None
    rule_version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody above this room decided about a placed order that names no listing."""

    listing_id: UUID
    plan_version_id: UUID
    rule_version_id: UUID
    lines: tuple[PricedLine, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Capacity that is no longer free over a stretch of time."""

    starts_at: datetime
    ends_at: datetime
    milli: int


# What an order that names no listing counts in. Other listings of the class are sold by name only:
# eight processors must never become eight machines.
UNIT_OF_CLASS: Final[Mapping[str, str]] = {
    ResourceClass.AI: CapacityUnit.CARD,
    ResourceClass.GENERAL: CapacityUnit.VCPU,
    ResourceClass.HPC: CapacityUnit.NODE,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing as clearing sees it."""

    listing_id: UUID
    provider_id: UUID
    provider_uscc: str
    resource_class: str
    chip: str
    is_open: bool
    accepts_vouchers: bool
    available_from: datetime
    available_until: datetime | None
    total_milli: int
    taken: tuple[Taken, ...]
    plan_version_id: UUID
    rule_version_id: UUID
    factor: Decimal | None
    # Snapshots from before this was said do not know it, and serve as they did.
    capacity_unit: str = ""
    # What may be ordered at least. Snapshots from before these were said know no least.
    least_milli: int = 1
    step_milli: int = 1
    least_seconds: int = 1
    step_seconds: int = 1
    least_minor: int = 0
    form: str = ""  # how it is handed over, since programmes ask
    facts: tuple[tuple[str, str], ...] = ()  # of the resource, where its plan has factors
    is_community: bool = False  # given away, to who names it
    is_preemptible: bool = False  # may be taken back, so sold to who names it

    @property
    def is_sold_unnamed(self) -> bool:
        """Tell whether an order that names no listing may be served from here."""
        served = ("", UNIT_OF_CLASS.get(self.resource_class))
        return not (self.is_community or self.is_preemptible) and self.capacity_unit in served


@dataclass(frozen=True, slots=True)
class Purchaser:
    """A buyer as clearing sees it: cash, vouchers, evidence, and what yearly caps have used up."""

    buyer_id: UUID
    cash_minor: int
    is_certified: bool
    purses: tuple[Purse, ...] = ()
    covered_this_year: dict[str, int] = field(default_factory=dict)
    # What is known of the buyer; snapshots from before programmes asked know nothing.
    facts: HolderFacts | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """A buyer and a provider that are not strangers, and whether the market lets them trade."""

    buyer_id: UUID
    provider_id: UUID
    relation: str
    is_refused: bool


@dataclass(frozen=True, slots=True)
class Collar:
    """What a standard hour may cost in the round's book, in yuan."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decides a clearing round; the same snapshot gives the same result."""

    rule_version: str
    seed: str
    at: datetime
    demands: tuple[Demand, ...]
    offers: tuple[Offer, ...]
    cards: tuple[RateCard, ...]
    purchasers: tuple[Purchaser, ...]
    # Snapshots from before relations were asked for know of none.
    related: tuple[Related, ...] = ()
    # Nor do those from before books had a price collar.
    collar: Collar | None = None
    # Those from before there were instalments held everything at once, and so do imports.
    instalments: InstalmentTerms | None = None
    # Those from before programmes could ask know of nobody how large it is.
    sizes: tuple[SizedSupplier, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    """An order matched with a listing, its price, and who pays what."""

    order_id: UUID
    buyer_id: UUID
    listing_id: UUID
    provider_id: UUID
    plan_version_id: UUID
    rule_version_id: UUID
    starts_at: datetime
    ends_at: datetime
    units_milli: int
    lines: tuple[PricedLine, ...]
    gross_minor: int
    covers: tuple[Cover, ...]

    @property
    def voucher_minor(self) -> int:
        """Return what vouchers pay."""
        return sum(cover.amount_minor for cover in self.covers)

    @property
    def cash_minor(self) -> int:
        """Return what the buyer pays from prepaid cash."""
        return self.gross_minor - self.voucher_minor


@dataclass(frozen=True, slots=True)
class Rejection:
    """An order that does not clear, and why."""

    order_id: UUID
    code: RefusalCode


@dataclass(frozen=True, slots=True)
class Clearing:
    """The result of the pure rule, in the order in which the orders took their turns."""

    fills: tuple[Fill, ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class CoverHold:
    """What one voucher holds for a cleared order."""

    voucher_id: UUID
    voucher_number: str
    programme_code: str
    hold_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ClearedOrder:
    """A cleared order, as the rooms above need it: who, what, when, and which holds pay."""

    id: UUID
    number: str
    buyer_id: UUID
    provider_id: UUID
    listing_id: UUID
    plan_version_id: UUID
    rule_version_id: UUID
    starts_at: datetime
    ends_at: datetime
    units_milli: int
    unit_hours: Decimal
    standard_hours: Decimal | None
    gross_minor: int
    voucher_minor: int
    cash_minor: int
    cash_hold_id: UUID | None
    covers: tuple[CoverHold, ...]


@dataclass(frozen=True, slots=True)
class SettledOrder:
    """What an order came to in the end: the amount that was charged to each voucher."""

    order_id: UUID
    used_by_voucher: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What one call of `clear_book` did; `is_full` says that more may be waiting."""

    round_number: str = ""
    cleared: int = 0
    rejected: int = 0
    set_aside: int = 0
    is_full: bool = False


class OrderNotFound(NotFound):
    """No such order, or someone else's; the two look alike."""


class RoundNotFound(NotFound):
    """No such clearing round."""


class NoEligibleListing(Refusal):
    """No book trades this class of compute in this place."""

    code = RefusalCode.NO_ELIGIBLE_LISTING
    sentence = _("No open listing meets the requirement.")


class InvalidOrder(InvalidInput):
    """A value of the order breaks its limits."""

    code = "invalid_order"
    sentence = _("The order is not valid: %(problem)s")


class NotCancellable(Refusal):
    """The order has started, ended, or was rejected."""

    code = "order_not_cancellable"
    sentence = _("The order can no longer be cancelled.")


class ImportNotFound(NotFound):
    """There is no such import that is unfinished."""


class OrderKeyReused(Refusal):
    """The key of an order stands for another order."""

    code = "order_key_reused"
    status = 422
    sentence = _("This key was used for another order.")


class BatchRefused(Refusal):
    """Orders that were to be placed all or none, of which some are refused: none is placed."""

    code = "batch_refused"
    status = 422
    sentence = _("%(refused)s of the orders were refused, so none of them was placed.")


class PriceRose(Refusal):
    """What was approved at a price is not placed at a higher one."""

    code = "price_rose"
    sentence = _("It would cost more now than was read; propose the order anew.")


class QuoteMismatch(Refusal):
    """The quote is for something else than the order."""

    code = "quote_mismatch"
    status = 422
    sentence = _("The quote was made for another listing, period or quantity.")


class BookHalted(Refusal):
    """Trading in the book is halted: what waits in it goes on waiting."""

    code = "book_halted"
    sentence = _("Trading in this book is halted: %(reason)s")


class BookAlreadyHalted(Refusal):
    """The book is halted until two operators resume it."""

    code = "book_already_halted"
    sentence = _("Trading in this book is halted already.")


class BookTrades(Refusal):
    """There is nothing to resume."""

    code = "book_not_halted"
    sentence = _("Trading in this book is not halted.")


class HaltRepeated(Refusal):
    """One person alone stops a market once; whoever would again needs another."""

    code = "halt_repeated"
    sentence = _(
        "This book was halted by one person within the last 24 hours; "
        "another halt takes a second operator."
    )


class HaltReasonMissing(InvalidInput):
    """Who halts a book or resumes it says why: everybody reads it."""

    code = "reason_missing"
    sentence = _("Say why, in 1 to %(most)s characters.")


class OrdersTooFast(Refusal):
    """An organisation orders, or cancels, more often than it may."""

    code = "order_rate_exceeded"
    status = 429
    sentence = _("At most %(most)s a minute: try again in %(retry_after)s seconds.")


class OrderNotRepeated(Refusal):
    """An order of unusual size waits for its buyer to say it again."""

    code = "order_not_repeated"
    sentence = _("This order is unusually large. Repeat how much it is, and what it costs.")


class InvalidRate(InvalidInput):
    """A rate of orders breaks its limits."""

    code = "invalid_order_rate"
    sentence = _("The rate is not valid: %(problem)s")
