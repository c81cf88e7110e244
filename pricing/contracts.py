"""What other rooms see of prices: plans, measures, rated lines and quotes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.period import Period
from pricing.plan_models import RateTerms
from pricing.plan_models import RateTier as RateTier  # noqa: PLC0414 - what others see

COMPONENTS_MAX: Final = 16
TIERS_MAX: Final = 32
UNIT_PRICE_MAX: Final = Decimal(1_000_000)
PRICE_DIGITS: Final = 6  # digits after the point of a unit price
QUANTITY_MAX: Final = Decimal(10) ** 18
QUANTITY_DIGITS: Final = 12
SOURCE_MAX: Final = 300  # characters of the document that prices rest on
CLAUSE_MAX: Final = 120
FIRST_RATING_RULE: Final = "rate-1"
QUOTE_PREVIEW_FOR: Final = timedelta(minutes=30)
QUOTE_DAYS_MAX: Final = 7  # Prices rise with a week's notice, so a promise for it takes nothing.
LINK_LASTS_MAX: Final = timedelta(days=30)
LINKS_OF_QUOTE_MAX: Final = 20


class RateUnit(TextChoices):
    """What a component counts."""

    STANDARD_HOUR = "standard_hour", _("standard hour")
    UNIT_HOUR = "unit_hour", _("unit-hour")  # card-hour, vCPU-hour, node-hour: as the resource
    KTOKEN = "ktoken", _("thousand tokens")
    MTOKEN_IN = "mtoken_in", _("million tokens read")
    MTOKEN_OUT = "mtoken_out", _("million tokens generated")
    MTOKEN_CACHED = "mtoken_cached", _("million tokens read from a cache")
    GB_MONTH = "gb_month", _("GB-month")  # 720 hours of a GB
    GB_MOVED = "gb_moved", _("GB moved")  # 10⁹ bytes over a network
    PERIOD = "period", _("period")  # what is owed for a month or a contract, whatever is used


# Tokens of an API by their kind, each at its own price: `rate-3` alone rates by them.
TOKEN_KINDS: Final = (RateUnit.MTOKEN_IN, RateUnit.MTOKEN_OUT, RateUnit.MTOKEN_CACHED)
METERED: Final = tuple(unit for unit in RateUnit if unit != RateUnit.PERIOD)
METERED_CHOICES: Final = [(unit.value, unit.label) for unit in METERED]


@dataclass(frozen=True, slots=True)
class RateComponent:
    """One thing that is charged for: a unit and its graduated tiers."""

    code: str
    unit: RateUnit
    tiers: tuple[RateTier, ...]


@dataclass(frozen=True, slots=True)
class RateCard:
    """One published version of a plan, ready to rate with."""

    version_id: UUID
    plan_code: str
    version: int
    asset: str
    components: tuple[RateComponent, ...]
    content_hash: str
    provider_id: UUID
    rating_rule: str = FIRST_RATING_RULE  # how the plan's version is to be rated
    # What a plan says under `rate-2` or a later rule; components are then what lists show of it.
    terms: RateTerms | None = None
    scale: int = 2  # digits of the asset after the point
    source: str = ""  # the document that it rests on, and its clause
    clause: str = ""

    def single_price(self, unit: RateUnit) -> Decimal | None:
        """Return the first tier's price of a unit, or nothing if the plan does not charge by it."""
        prices = [part.tiers[0].unit_price for part in self.components if part.unit == unit]
        return sum(prices[1:], start=prices[0]) if prices else None


@dataclass(frozen=True, slots=True)
class Measure:
    """
    What was (or will be) delivered, in every unit known of it.

    A unit without a figure is absent, not zero: a chip without a published figure has no
    standard hours. `spread` is the time over which it is used evenly, `facts` what is known of the
    resource, by the kinds of factors: plans under `rate-2` ask for both.
    """

    quantities: dict[RateUnit, Decimal]
    rule_version_id: UUID | None = None
    spread: Period | None = None
    facts: tuple[tuple[str, str], ...] = ()

    def of(self, unit: RateUnit) -> Decimal:
        """
        Return the quantity in a unit.

        :raises NotMeasured: if the measure has no figure in it
        """
        if unit not in self.quantities:
            raise NotMeasured(unit=str(unit))
        return self.quantities[unit]


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One portion of one component in one tier, priced; rounded once, half up."""

    component: str
    unit: RateUnit
    quantity: Decimal
    tier_from: Decimal
    tier_until: Decimal | None
    unit_price: Decimal
    raw_amount: Decimal  # exact, major units
    amount_minor: int
    asset: str
    plan_version_id: UUID
    rule_version_id: UUID | None
    # What `rate-2` says beside: when, times which factors, and the hash of what the plan says.
    rating_rule: str = FIRST_RATING_RULE
    period: str = ""
    band: str = ""
    factors: tuple[tuple[str, str, Decimal], ...] = ()  # kind, value, factor
    plan_hash: str = ""
    sold_as: str = ""  # what the component is a price of, by `rate-4`


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What a buyer asks the price of."""

    plan_version_id: UUID
    measure: Measure
    subject: dict[str, Any] = field(default_factory=dict)  # listing, period, units: plain values
    project_id: UUID | None = None  # of the buyer


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version as it was published."""

    id: UUID
    plan_id: UUID
    version: int
    starts_at: datetime
    content_hash: str


class NotMeasured(Refusal):
    """The plan charges by a unit in which the use has no figure."""

    code = "not_measured"
    status = 422
    sentence = _("The rate plan charges by %(unit)s, and there is no measured figure in that unit.")


class InvalidRates(InvalidInput):
    """The components of a plan break the form of a rate plan."""

    code = "invalid_rates"
    sentence = _("The rates are not valid: %(problem)s")


class PublishedAlready(Refusal):
    """A draft says what its plan's last version says already, in force or announced."""

    code = "prices_published_already"
    sentence = _("Version %(version)s says the same already: these prices are published.")


class InvalidQuantity(InvalidInput):
    """A quantity is not a finite number within the limits."""

    code = "invalid_quantity"
    sentence = _("The quantity is not a plain number within the limits.")


class VersionOverlaps(Refusal):
    """A version would take effect before, or together with, one already published."""

    code = "plan_version_overlaps"
    sentence = _("Another version of this plan takes effect at that time or later.")


class TakesEffectInPast(Refusal):
    """A version would change prices that were in force already."""

    code = "plan_version_in_past"
    status = 422
    sentence = _("A new version takes effect at the time of publication or later.")


class PlanCodeTaken(Refusal):
    """The provider has a plan of this code."""

    code = "plan_code_taken"
    sentence = _("You already have a rate plan with this code.")


class QuoteExpired(Refusal):
    """The quote's time is over."""

    code = "quote_expired"
    sentence = _("The quote has expired; ask for a new one.")


class PathBasis(TextChoices):
    """Where the figures of a path come from."""

    ASSUMED = "ASSUMED", _("Assumed")
    MEASURED = "MEASURED", _("Measured")


class InvalidPath(InvalidInput):
    """A path has two different hubs, positive figures and a moment that is not past."""

    code = "invalid_path"
    sentence = _("The path is not valid: %(problem)s")


class InvalidQuoteLink(InvalidInput):
    """A link lasts for no time, or for too long."""

    code = "invalid_quote_link"
    sentence = _("A link lasts for 1 to %(days)s days.")


class TooManyQuoteLinks(Refusal):
    """Enough links to the quote are live."""

    code = "too_many_quote_links"
    sentence = _("%(links)s links to this quote are live; revoke one first.")


class QuoteLinkNotFound(NotFound):
    """There is no such link, or it leads to someone else's quote."""

    code = "quote_link_not_found"
    sentence = _("There is no such link.")


@dataclass(frozen=True, slots=True)
class IssuedQuoteLink:
    """A link as it was made; its token is told this once."""

    id: UUID
    token: str
    expires_at: datetime
