"""What a plan under `rate-2` says: parts, times of use, factors. Plain values, never evaluated."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

FLAT_BAND: Final = "flat"  # every moment that no band names
OWED_FROM_START: Final = "start"


@dataclass(frozen=True, slots=True)
class RateTier:
    """The price from a quantity on, up to the next tier."""

    starts_from: Decimal
    unit_price: Decimal  # major units of the asset, at most PRICE_DIGITS digits


class PlanModel(StrEnum):
    """How a part of a plan comes to its amount."""

    UNIT = "unit"  # so much a unit
    GRADUATED = "graduated"  # each tier at its own price
    VOLUME = "volume"  # all of it at the price of the tier that it reaches
    PACKAGE = "package"  # so much a block; a block that is begun is paid whole
    READY = "ready"  # so much an hour of capacity kept ready, used or not
    RESERVED = "reserved"  # capacity taken whole at a discount, used or not
    PREPAID = "prepaid"  # hours bought together, and what more costs
    FLAT = "flat"  # so much a month or contract
    MINIMUM = "minimum"  # what a month or contract costs at least


class SoldAs(StrEnum):
    """What a listing sells, where a plan has components for several such things."""

    COMPUTE = "compute"
    STORAGE = "storage"
    NETWORK = "network"


class CountedBy(StrEnum):
    """Whose use tiers count."""

    CONTRACT = "contract"
    BUYER_MONTH = "buyer_month"
    BUYER_YEAR = "buyer_year"


class CountedOver(StrEnum):
    """Over what a part counts."""

    CONTRACT = "contract"
    MONTH = "month"


class DayKind(StrEnum):
    """What a day of a plan's calendar is."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class TimeBand:
    """A time of day on some days: minutes of the zone's clock, the end not included."""

    band: str
    starts: int
    ends: int
    days: tuple[str, ...]
    months: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FactorTable:
    """By what prices are multiplied, by a fact of one kind; `otherwise` where it is not known."""

    kind: str
    otherwise: Decimal
    values: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class PlanPart:
    """
    One component of a plan.

    `price` is of a block, a flat fee, a minimum or prepaid hours; `bands` multiplies by the time of
    use, `factors` names the tables that multiply. `sold_as` says of what it is a price, where the
    plan has prices of several things (`rate-4`); else it is empty.
    """

    code: str
    model: PlanModel
    unit: str
    tiers: tuple[RateTier, ...] = ()
    per: CountedOver = CountedOver.CONTRACT
    price: Decimal = Decimal(0)
    block: Decimal = Decimal(0)
    increment: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    bands: tuple[tuple[str, Decimal], ...] = ()
    factors: tuple[str, ...] = ()
    owed_from: str = ""  # of prepaid hours: "start", or empty where the first use owes them
    sold_as: str = ""

    @property
    def is_metered(self) -> bool:
        """Return whether the part prices a quantity, and not a period."""
        return self.model not in (PlanModel.FLAT, PlanModel.MINIMUM)


@dataclass(frozen=True, slots=True)
class EarlyEndTerms:
    """
    What a buyer owes who ends a contract before its time; the market's rule where a plan is silent.

    `fee` is in major units of the plan's asset, `gives_back` the share of the price of prepaid
    hours that were not used.
    """

    notice_hours: int
    fee: Decimal = Decimal(0)
    gives_back: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class RateTerms:
    """Everything that a version of a plan under `rate-2` says."""

    zone: str
    parts: tuple[PlanPart, ...]
    bands: tuple[TimeBand, ...] = ()
    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()
    factors: tuple[FactorTable, ...] = ()
    counted_by: CountedBy = CountedBy.CONTRACT
    fiscal_month: int = 1
    to_minor: int = 1
    early_end: EarlyEndTerms | None = None

    @property
    def is_of_several(self) -> bool:
        """Return whether components say of what they are a price."""
        return any(part.sold_as for part in self.parts)

    @property
    def sold(self) -> tuple[SoldAs, ...]:
        """Return what components say they are a price of; nothing where none says it."""
        named = {part.sold_as for part in self.parts}
        return tuple(each for each in SoldAs if each in named)

    @property
    def asks_for_time(self) -> bool:
        """Return whether a price depends on when something is used."""
        return any(part.bands or part.per == CountedOver.MONTH for part in self.parts)
