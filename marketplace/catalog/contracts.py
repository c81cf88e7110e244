"""What other rooms see of the market's supply: listings, books and allocated capacity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.period import Period
from marketplace.catalog.least import ANY, Least
from marketplace.catalog.rows import BookRow

ALLOCATION_BATCH_MAX: Final = 2_000
SOURCE_LENGTH_MAX: Final = 80
LISTING_BATCH_MAX: Final = 5_000
PRICE_BUCKETS: Final = 12
PAGE_SIZE_MAX: Final = 200
COLLAR_KIND: Final = "catalog.collar"  # What takes two operators: the prices that a book allows.
REFERENCE_ORDER_KIND: Final = "catalog.reference_order"  # The order by which prices are compared.
REFERENCE_ORDER_REASON_MAX: Final = 500
COLLAR_NOTICE: Final = timedelta(hours=24)  # How long before it holds a collar is announced.
STOPPED_BY_LEVEL: Final = "service_level"  # by the rule of service levels
COLLAR_REASON_MAX: Final = 500
# A band is at least 1 % and at most 99 % below, 10 times above its reference, in hundredths of 1 %.
BELOW_MAX: Final = 9_900
ABOVE_MAX: Final = 100_000
BAND_MIN: Final = 100


class ListingState(TextChoices):
    """Where a listing stands on the market."""

    OPEN = "OPEN", _("Open")
    PAUSED = "PAUSED", _("Paused")
    CLOSED = "CLOSED", _("Closed")


class CollarBase(TextChoices):
    """What moves the reference of a collar after two operators agreed on it."""

    INDEX = "INDEX", _("the index of each day")
    REFERENCE = "REFERENCE", _("nothing: it is the reference price of the class")


class ListingEvent(StrEnum):
    """What may happen to a listing."""

    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    CLOSED = "CLOSED"


class RoundAbsence(TextChoices):
    """Why a listing takes part in no call round. Codes are API: stable, never reused."""

    NO_FACTOR = (
        "round_no_standard_hours",
        _(
            "It takes part in no call round: the rule that it is measured by counts no standard"
            " hours of what it sells, and a round has one price by them."
        ),
    )
    OTHER_UNIT = (
        "round_other_unit",
        _(
            "It takes part in no call round: its plan has no price by the hour of capacity, which"
            " is what an order of a round asks for."
        ),
    )


class AllocationState(TextChoices):
    """Whether capacity is set aside for an order."""

    HELD = "HELD", _("Held")
    RELEASED = "RELEASED", _("Released")


class AllocationRefusal(StrEnum):
    """Why an order gets no capacity. The codes are API: stable, never reused."""

    CAPACITY_EXHAUSTED = "capacity_exhausted"
    LISTING_CLOSED = "listing_closed"
    OUTSIDE_AVAILABILITY = "outside_availability"
    ALREADY_ALLOCATED = "already_allocated"


REFUSAL_SENTENCES: Final = {
    AllocationRefusal.CAPACITY_EXHAUSTED: _("The listing has not that much capacity left then."),
    AllocationRefusal.LISTING_CLOSED: _("The listing is not open."),
    AllocationRefusal.OUTSIDE_AVAILABILITY: _("The listing is not offered for that whole period."),
    AllocationRefusal.ALREADY_ALLOCATED: _("The order has other capacity already."),
}


@dataclass(frozen=True, slots=True)
class NewListing:
    """What a provider puts on the market: a resource under a plan and a measurement rule."""

    resource_id: UUID
    plan_version_id: UUID
    rule_version_id: UUID
    title: str
    available_from: datetime
    available_until: datetime | None = None
    title_en: str = ""
    total_milli: int | None = None  # nothing: all of the resource
    accepts_vouchers: bool = True
    least: Least = ANY
    is_community: bool = False
    is_donor_named: bool = False
    preemption_minutes: int | None = None  # it may be taken back, with so much notice


@dataclass(frozen=True, slots=True)
class ListingTerms:
    """What decides whether a listing can serve an order, and what its use is measured as."""

    id: UUID
    seq: int
    provider_id: UUID
    resource_id: UUID
    book_id: int
    state: ListingState
    total_milli: int
    available_from: datetime
    available_until: datetime | None
    plan_version_id: UUID
    rule_version_id: UUID
    standard_factor: Decimal | None
    accepts_vouchers: bool
    capacity_unit: str = ""
    facts: tuple[tuple[str, str], ...] = ()  # what plans with factors ask of a resource
    community_rule: int | None = None  # under which version its capacity is given away


@dataclass(frozen=True, slots=True)
class Orderable:
    """A listing as placing an order sees it: its terms, its least, its plan's version in force."""

    terms: ListingTerms
    least: Least
    plan_version_id: UUID
    book: BookRow


@dataclass(frozen=True, slots=True)
class AllocationRequest:
    """Capacity that an order wants for a period; all of it or none."""

    order_id: UUID
    listing_id: UUID
    period: Period
    milli: int


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """An order that got no capacity, and why."""

    order_id: UUID
    code: AllocationRefusal

    @property
    def detail(self) -> str:
        """Return the reason in the reader's language."""
        return str(REFUSAL_SENTENCES[self.code])


@dataclass(frozen=True, slots=True)
class Allocated:
    """What became of a batch of requests, each list in the order of the requests."""

    allocated: tuple[UUID, ...]
    refused: tuple[RefusedRequest, ...]


@dataclass(frozen=True, slots=True)
class FreeCapacity:
    """How much of a listing is free over a stretch of time."""

    starts_at: datetime
    ends_at: datetime
    total_milli: int
    free_milli: int


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a filter and how many listings the other filters leave it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class PriceBucket:
    """One bar of the price histogram; the last one includes its upper end."""

    low: Decimal
    high: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts beside each filter; each counts what the *other* filters leave."""

    total: int
    by_filter: Mapping[str, tuple[FacetValue, ...]]
    prices: tuple[PriceBucket, ...]


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """The market at a glance. Capacity in unlike units is never added up."""

    listings: int
    providers: int
    capacity: tuple["ClassCapacity", ...]


@dataclass(frozen=True, slots=True)
class ClassCapacity:
    """
    What one resource class has on the market now, in one unit.

    `available_standard` is what the free units with a published factor deliver, in standard hours
    an hour; the listings it covers are `converted_listings`, the others cannot be converted.
    """

    resource_class: str
    unit: str
    listings: int
    total_milli: int
    available_milli: int
    available_standard: Decimal | None
    converted_listings: int


@dataclass(frozen=True, slots=True)
class HubCapacity:
    """What one class has on the market at a hub, in one unit; standard hours where it converts."""

    hub: str
    resource_class: str
    unit: str
    listings: int
    total_milli: int
    free_milli: int
    total_standard: Decimal | None
    free_standard: Decimal | None
    price_from: Decimal | None
    pue: Decimal | None


@dataclass(frozen=True, slots=True)
class MarketFilter:
    """What a searcher wants. Nothing chosen means everything."""

    resource_classes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    price_min: Decimal | None = None  # by the standard hour; leaves out what has no such price
    price_max: Decimal | None = None
    pue_max: Decimal | None = None
    verification_min: int | None = None
    stability_min: int | None = None  # of 1,000; leaves out what has no record yet
    credibility_min: int | None = None
    free_milli_min: int | None = None  # free now, in thousandths of the capacity unit
    accepts_vouchers: bool | None = None
    is_community: bool | None = None  # given away, or not
    is_preemptible: bool | None = None  # may be taken back with notice, or not
    card_memory_min: int | None = None  # gigabytes of a card
    vcpu_min: int | None = None
    network_min: int | None = None  # gigabits a second
    card_price_max: Decimal | None = None  # by the card-hour; leaves out what is no card
    all_in_max: Decimal | None = None  # by the standard hour of the reference order
    delivered_to: str = ""  # the hub whose path counts; none: where the listing stands
    provider_id: UUID | None = None
    text: str = ""
    # Whose prices the searcher pays, by provider: all-in prices are those. Counts ask it only where
    # such a price is a limit.
    groups: tuple[tuple[UUID, str], ...] = ()

    @property
    def is_ticked_only(self) -> bool:
        """Return whether nothing but values beside which counts stand are chosen."""
        ticked = MarketFilter(
            resource_classes=self.resource_classes,
            forms=self.forms,
            hubs=self.hubs,
            chips=self.chips,
            accepts_vouchers=self.accepts_vouchers,
            groups=self.groups,
        )
        return self == ticked

    @property
    def counted(self) -> "MarketFilter":
        """Return what decides the counts: nobody's group, unless its prices are a limit."""
        return self if self.all_in_max is not None else replace(self, groups=())


class MarketSort(StrEnum):
    """How the market may be sorted; what has no such price comes last."""

    PRICE = "price"
    PRICE_DOWN = "-price"
    CARD_PRICE = "card_price"
    FREE = "free"  # by what is free now, in standard hours an hour
    NEWEST = "newest"
    STABILITY = "stability"  # the most stable first; what has no record yet comes last
    ALL_IN = "all_in"  # by the standard hour of the reference order, everything included
    ALL_IN_DOWN = "-all_in"
    VOUCHER = "voucher"  # by the standard hour after what the reader's vouchers pay


@dataclass(frozen=True, slots=True)
class ComparedOrder:
    """
    The order by which prices are compared, as a version of it says.

    It takes `units_milli` of a class for `hours` from a time of the week on, on the clock of a
    zone, and brings `gb_per_standard_hour` from the buyer's place, one of `places`. It runs on a
    `green` share, by tenths, where it states one.
    """

    number: int
    units_milli: Mapping[str, int]
    hours: int
    weekday: int  # 1 is Monday
    begins: str  # such as 09:00
    zone: str
    gb_per_standard_hour: Decimal
    places: tuple[str, ...]
    starts_at: datetime
    green: str = ""  # such as 0.8


@dataclass(frozen=True, slots=True)
class AllIn:
    """
    What a listing's reference order comes to, in one place.

    `per_standard_hour` is the sum of the plan's own price and of the path, in yuan; none where
    there are no standard hours, or no known path. `gross_minor` is the plan's price of it all.
    """

    place: str
    reference: int
    units_milli: int
    seconds: int
    gross_minor: int | None
    standard_hours: Decimal | None
    plan_per_standard_hour: Decimal | None
    path_per_standard_hour: Decimal | None
    per_standard_hour: Decimal | None
    price_group: str = ""  # whose price it is; empty: what everybody pays
    list_per_standard_hour: Decimal | None = None  # what everybody pays, where that is not this
    path_is_charged: bool = False  # by the network that is ordered with the listing

    def less(self, share: Decimal) -> Decimal | None:
        """Return the price after a voucher's share of what the plan asks; paths are not covered."""
        if self.plan_per_standard_hour is None or self.path_per_standard_hour is None:
            return None
        return self.plan_per_standard_hour * (1 - share) + self.path_per_standard_hour


@dataclass(frozen=True, slots=True)
class QualityNote:
    """The scores of a listing, 0 to 1,000; none: there is no record yet."""

    listing_id: UUID
    credibility: int | None
    stability: int | None
    availability_ppm: int | None
    day: date


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One listing as the market shows it."""

    id: UUID
    number: str
    title: str
    title_en: str
    provider_id: UUID
    provider_name: str
    provider_name_en: str
    resource_id: UUID
    identifier: str
    resource_class: str
    form: str
    region: str
    hub: str
    chip: str
    specification: Mapping[str, Any]
    pue: Decimal | None
    verification_level: int
    accepts_vouchers: bool
    capacity_unit: str
    total_milli: int
    free_milli: int
    headline_unit: str
    headline_price: Decimal
    price_per_standard_hour: Decimal | None
    price_per_unit_hour: Decimal | None
    all_in: AllIn | None = None
    stability: int | None = None  # none: there is no record yet
    availability_ppm: int | None = None
    is_community: bool = False
    preemption_minutes: int | None = None  # of notice before it is taken back; none: never

    @property
    def free_percent(self) -> int:
        """Return the free share in whole percent, never rounded up to full."""
        return self.free_milli * 100 // self.total_milli


@dataclass(frozen=True, slots=True)
class MarketPage:
    """A page of the market, and the cursors of the pages beside it; empty where there is none."""

    rows: tuple[MarketRow, ...]
    next_cursor: str
    previous_cursor: str


class NoFactor(InvalidInput):
    """A price by the standard hour for a chip that has no factor; none is made up."""

    code = "no_factor"
    sentence = _("%(name)s has no published factor: price it by its own hour.")


class BookNotFound(NotFound):
    """There is no such book."""

    code = "book_not_found"
    sentence = _("No capacity of this class is traded in this place.")


class ListingNotFound(NotFound):
    """There is no such listing, or it is not the caller's."""

    code = "listing_not_found"
    sentence = _("There is no such listing.")


class ResourceAlreadyListed(Refusal):
    """The resource is on the market; a second listing would sell it twice."""

    code = "resource_already_listed"
    sentence = _("This resource already has a listing that is open or paused.")


class ResourceNotSellable(Refusal):
    """The resource is not the provider's to sell, or not now."""

    code = "resource_not_sellable"
    status = 422
    sentence = _("This resource is suspended or withdrawn; it cannot be listed.")


class OfferRefused(InvalidInput):
    """The offer does not fit its resource or its plan."""

    code = "offer_refused"
    sentence = _("The offer is not valid: %(problem)s")


class CommunityIsFree(InvalidInput):
    """What is given away has a price, or is counted in a unit that is not given away."""

    code = "community_is_free"
    sentence = _(
        "Community capacity is cards, vCPUs or nodes at a price of nothing, by the unit-hour."
    )


class PreemptionNoticeInvalid(InvalidInput):
    """The notice that a preemptible listing would promise is shorter or longer than may be."""

    code = "preemption_notice_invalid"
    status = 422
    sentence = _("A preemptible listing gives %(least)s to %(most)s minutes of notice.")


class DonorByRule(Refusal):
    """The rule that a listing bears says whether its donor is named."""

    code = "donor_by_rule"
    sentence = _("The rule of this listing says whether its donor is named.")


class NotSoldByTokens(InvalidInput):
    """Tokens were said of what does not sell tokens."""

    code = "not_sold_by_tokens"
    status = 422
    sentence = _("This is not sold by tokens: say how many units of its capacity.")


class StoppedByRule(Refusal):
    """The rule of service levels took the listing off the market; it comes back by that rule."""

    code = "listing_stopped_by_rule"
    sentence = _(
        "It was available less than 98%% of 30 days: it is back on the market once that is over."
    )


class ListingStateRefused(Refusal):
    """The listing is in a state in which that cannot happen."""

    code = "listing_state_refused"
    sentence = _("A listing that is %(state)s cannot do that.")


class ListingNeedsReview(Refusal):
    """The market took the listing off for a check."""

    code = "listing_needs_review"
    sentence = _("This listing waits for a check by the market's operator; then it opens again.")


class OwnListing(Refusal):
    """The buyer is the provider: nobody trades with itself."""

    code = "own_listing"
    sentence = _("This is your organisation's own listing; nobody buys from itself.")


class CapacityRefused(Refusal):
    """A quote was asked for more than the listing ever offers."""

    code = "capacity_exhausted"
    sentence = _("The listing has not that much capacity left then.")


class CapacitySold(Refusal):
    """More of the listing is sold than would be on sale."""

    code = "capacity_sold"
    sentence = _("%(sold)s units are sold until %(until)s; less cannot be on sale before that.")


class ListingClosed(Refusal):
    """The listing is not open for orders."""

    code = "listing_closed"
    sentence = _("The listing is not open.")


class OutsideAvailability(Refusal):
    """The period is not within the listing's availability."""

    code = "outside_availability"
    status = 422
    sentence = _("The listing is not offered for that whole period.")


@dataclass(frozen=True, slots=True)
class Band:
    """What a standard hour may cost around a reference, in yuan; without one, anything."""

    reference: Decimal | None
    below_bp: int = 0  # hundredths of a per cent
    above_bp: int = 0


class CollarRefused(InvalidInput):
    """A collar breaks its limits."""

    code = "invalid_collar"
    sentence = _("The price collar is not valid: %(problem)s")


class PriceOutsideCollar(Refusal):
    """A standard hour would cost less, or more, than its book allows."""

    code = "price_outside_collar"
    sentence = _("A standard hour would cost ¥%(price)s; this book allows ¥%(low)s to ¥%(high)s.")


class ReferenceOrderRefused(InvalidInput):
    """A reference order breaks its form, or its notice."""

    code = "invalid_reference_order"
    sentence = _("The reference order is not valid: %(problem)s")
