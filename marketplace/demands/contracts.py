"""What other rooms see of demands: what a buyer needs, and what became of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from marketplace.orders.contracts import REFUSAL_SENTENCES, Collar, Offer
from pricing.contracts import RateCard

OPTIONS_MAX: Final = 5  # ranked alternatives of one demand
LOTS_MAX: Final = 8  # listings that a divisible option may be put together from
NAMES_MAX: Final = 16  # chips, hubs and providers of one need
STARTS_MAX: Final = 64  # moments within a start window that are looked at
CANDIDATES_MAX: Final = 500  # listings that one decision ranks
MISSES_MAX: Final = 100  # listings beside them that a decision knows to say why they did not do
KNOWN_AHEAD: Final = timedelta(days=7)  # how much longer than asked a decision knows what is taken
WINDOW_MAX: Final = timedelta(days=31)
STANDING_MAX: Final = timedelta(days=90)
# Who wants to begin at once begins when the demand is matched, at most this much later.
AT_ONCE: Final = timedelta(minutes=5)
LIMIT_MINOR_MAX: Final = 10**15
DATA_GB_MAX: Final = 10**9
WAITING_MAX: Final = 200  # demands of one buyer that wait at a time
KEY_MAX: Final = 255
SEARCHES_MAX: Final = 50  # saved searches of an organisation


class DemandState(TextChoices):
    """Where a demand stands."""

    WAITING = "WAITING", _("Waiting")
    FILLED = "FILLED", _("Filled")
    REFUSED = "REFUSED", _("Refused")
    EXPIRED = "EXPIRED", _("Expired")
    CANCELLED = "CANCELLED", _("Cancelled")


class DemandMove(StrEnum):
    """What may happen to a demand."""

    AMENDED = "AMENDED"
    FILLED = "FILLED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    REOPENED = "REOPENED"


class DemandKind(TextChoices):
    """How long a demand is looked at."""

    IMMEDIATE = "IMMEDIATE", _("At once or not at all")
    STANDING = "STANDING", _("Standing until a moment")


class Preference(TextChoices):
    """By what the eligible listings are ranked first."""

    CHEAPEST = "CHEAPEST", _("Cheapest")
    GREENEST = "GREENEST", _("Greenest")
    NEAREST = "NEAREST", _("Nearest")


class Obstacle(StrEnum):
    """Why a listing cannot serve an option, in the order in which it is asked. Codes are API."""

    CLOSED = "listing_closed"
    CLASS = "other_class"
    UNIT = "other_unit"
    FORM = "other_form"
    CHIP = "other_chip"
    MEMORY = "too_little_memory"
    CARDS = "too_few_cards_a_node"
    NETWORK = "network_too_slow"
    HUB = "other_hub"
    DISTANCE = "too_far"
    PUE = "pue_too_high"
    CARBON = "carbon_too_high"
    LEVEL = "verified_too_little"
    QUALITY = "quality_too_low"
    PROVIDER = "provider_left_out"
    RELATED = "related_party"
    NOT_OFFERED = "outside_availability"
    TOO_LITTLE = "below_least"
    NO_ROOM = "capacity_exhausted"
    NO_PRICE = "price_unknown"
    COLLAR = "price_outside_collar"
    LIMIT = "above_price_limit"


REASONS: Final[dict[str, str | Promise]] = {
    **REFUSAL_SENTENCES,
    "no_eligible_listing": _("No open listing meets the requirement."),
    Obstacle.CLASS: _("It is of another class."),
    Obstacle.UNIT: _("It is counted in another unit, and sold by name only."),
    "only_by_name": _("It is given away, and ordered by name alone."),
    "preemptible": _("It may be taken back with notice, and is ordered by name alone."),
    Obstacle.FORM: _("It is handed over in another form."),
    Obstacle.CHIP: _("It has another chip."),
    Obstacle.MEMORY: _("A card has too little memory, or nobody said how much."),
    Obstacle.CARDS: _("A node has too few cards, or nobody said how many."),
    Obstacle.NETWORK: _("Its network is too slow, or nobody said how fast it is."),
    Obstacle.HUB: _("It is at another hub."),
    Obstacle.DISTANCE: _("It is too far from the place named, or the path is not known."),
    Obstacle.PUE: _("Its PUE is too high, or not known."),
    Obstacle.CARBON: _("Its power is too rich in carbon, or nobody said how rich."),
    Obstacle.LEVEL: _("It is verified too little."),
    Obstacle.QUALITY: _("Its quality score is too low, or not known."),
    Obstacle.PROVIDER: _("The demand leaves its provider out."),
    Obstacle.TOO_LITTLE: _("The demand is smaller or shorter than the listing takes."),
    Obstacle.NO_PRICE: _("Its plan charges by a unit in which this has no figure."),
    Obstacle.LIMIT: _("It costs more than the limit."),
}


@dataclass(frozen=True, slots=True)
class Need:
    """What any listing that serves must be. What is left empty is not asked."""

    resource_class: str
    form: str = ""
    chips: tuple[str, ...] = ()  # any of these
    card_memory_gb: int | None = None
    cards_per_node: int | None = None
    network_gbps: int | None = None
    hubs: tuple[str, ...] = ()  # any of these
    near_hub: str = ""  # within `near_ms` of this place
    near_ms: Decimal | None = None
    pue_max: Decimal | None = None
    carbon_max: int | None = None  # grams of CO2 a kilowatt-hour
    verification_min: int | None = None
    quality_min: int | None = None
    only: tuple[UUID, ...] = ()  # providers
    never: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """What it may cost at most, in fen by a unit that is named; every limit that is set counts."""

    max_price_per_standard_hour_minor: int | None = None
    max_price_per_unit_hour_minor: int | None = None
    max_amount_minor: int | None = None

    @property
    def is_set(self) -> bool:
        """Return whether anything is limited."""
        return self != PriceLimit()


@dataclass(frozen=True, slots=True)
class Option:
    """One of the ranked alternatives of a demand: what, how much, when, at what price."""

    need: Need
    units_milli: int
    starts_at: datetime
    seconds: int
    latest_start_at: datetime | None = None  # nothing: it begins exactly then
    least_milli: int | None = None  # divisible, with this minimum; nothing: all or none
    limit: PriceLimit = PriceLimit()


@dataclass(frozen=True, slots=True)
class DemandTerms:
    """A demand as its buyer states it, whole: the frozen document of one revision."""

    options: tuple[Option, ...]
    kind: str = DemandKind.IMMEDIATE
    expires_at: datetime | None = None
    at_market_price: bool = False
    prefer: str = Preference.CHEAPEST
    data_gb: int = 0  # moved along the path, at the path's price: for the ranking
    use_vouchers: bool = True
    voucher_ids: tuple[UUID, ...] = ()
    project_id: UUID | None = None  # what the orders are for


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What is known of a listing beside its price and its room; nothing where nobody said."""

    form: str
    hub: str
    opened_at: datetime
    card_memory_gb: int | None = None
    cards_per_node: int | None = None
    network_gbps: int | None = None
    pue: Decimal | None = None
    verification_level: int = 0
    quality: int | None = None
    carbon_g_per_kwh: int | None = None
    watts_per_unit: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing that may serve: its offer as clearing sees it, and its facts."""

    offer: Offer
    facts: ListingFacts
    collar: Collar | None = None  # of its book


@dataclass(frozen=True, slots=True)
class Route:
    """The path from the place that a need names to a hub."""

    from_hub: str
    to_hub: str
    latency_ms: Decimal
    price_per_gb: Decimal
    basis: str


@dataclass(frozen=True, slots=True)
class MatchSnapshot:
    """Everything that decides a demand; the same snapshot gives the same match."""

    rule_version: str
    seed: str
    at: datetime
    demand_id: UUID
    terms: DemandTerms
    candidates: tuple[Candidate, ...]
    cards: tuple[RateCard, ...]
    routes: tuple[Route, ...] = ()
    barred: tuple[UUID, ...] = ()  # providers with whom the buyer may not trade
    # Until when it says what is taken; older ones say it of the options' own time alone.
    known_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """A part of a demand that one listing serves: an order to be."""

    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    units_milli: int
    amount_minor: int
    path_minor: int  # what moving the data would cost; nobody charges it here
    latency_ms: Decimal | None
    watt_hours: int | None
    carbon_g: int | None


@dataclass(frozen=True, slots=True)
class ListingAnswer:
    """What one listing answers to one option: the lot that it could serve, or what bars it."""

    candidate: Candidate
    lot: Lot | None
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one option: why it was not filled, and how many listings failed at what."""

    code: str
    eligible: int
    barred: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The result of the rule: the option that is filled and its lots, or why none is."""

    option: int | None
    lots: tuple[Lot, ...]
    tried: tuple[Tried, ...]

    @property
    def code(self) -> str:
        """Return why nothing was matched: the reason of the option that the buyer prefers."""
        return "" if self.option is not None else self.tried[0].code


class DemandNotFound(NotFound):
    """No such demand, or someone else's; the two look alike."""

    code = "demand_not_found"


class InvalidDemand(InvalidInput):
    """A value of the demand breaks its limits."""

    code = "invalid_demand"
    sentence = _("The demand is not valid: %(problem)s")


class LimitMissing(InvalidInput):
    """Whoever sets no limit says that any price of the market will do."""

    code = "price_limit_missing"
    sentence = _("Set a price limit, or say that you take the market price.")


class DemandKeyReused(Refusal):
    """The key of a demand stands for another one."""

    code = "demand_key_reused"
    status = 422
    sentence = _("This key was used for another demand.")


class DemandIsOver(Refusal):
    """The demand was filled, refused, cancelled, or its time is over."""

    code = "demand_is_over"
    sentence = _("The demand no longer waits: it is %(state)s.")


class DemandChanged(Refusal):
    """Somebody amended the demand meanwhile."""

    code = "demand_changed"
    sentence = _("The demand was amended meanwhile; look at it again.")


class TooManyDemands(Refusal):
    """The buyer has as many waiting demands as one may have."""

    code = "too_many_demands"
    sentence = _("At most %(most)s demands of an organisation wait at a time.")


class SearchNotFound(NotFound):
    """No such saved search, or someone else's; the two look alike."""

    code = "saved_search_not_found"


class SearchNameTaken(Refusal):
    """The organisation keeps another search of that name."""

    code = "saved_search_name_taken"
    sentence = _("You keep another search of this name.")


class TooManySearches(Refusal):
    """The organisation keeps as many searches as it may."""

    code = "too_many_saved_searches"
    sentence = _("An organisation keeps at most %(most)s searches.")
