"""What an hour of a class costs to make, and the reference prices that two operators agree on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound

REFERENCE_KIND: Final = "baselines.reference"  # What takes two operators: a reference price.
REFERENCE_NOTICE: Final = timedelta(hours=24)  # How long before it holds it is announced.
COSTS_KIND: Final = "baselines.costs"  # What takes two operators as well: inputs of costs.
COSTS_NOTICE: Final = timedelta(hours=24)
COST_CHANGES_MAX: Final = 60
COST_SOURCE_MAX: Final = 300
COST_REASON_MAX: Final = 500
COST_VERSIONS_TOLD: Final = 100
REFERENCE_PRICE_MAX: Final = Decimal(10_000_000)
REFERENCE_REASON_MAX: Final = 500
# A band is 1 to 99 % below, 1 to 1,000 % above; hours of the night cost up to 90 % less.
BAND_BP_MIN: Final = 100
BELOW_BP_MAX: Final = 9_900
ABOVE_BP_MAX: Final = 100_000
OFF_PEAK_BP_MAX: Final = 9_000
HOURS_OF_A_YEAR: Final = 8_760


class InputBasis(TextChoices):
    """What an input of the calculation rests on."""

    ASSUMED = "ASSUMED", _("Assumed")
    PUBLISHED = "PUBLISHED", _("Published by its maker or by a standard")
    MEASURED = "MEASURED", _("Measured")


@dataclass(frozen=True, slots=True)
class CostInput:
    """One figure of the calculation, what it rests on, who says so, and as of which day."""

    code: str
    value: Decimal
    basis: InputBasis
    source: str
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class InputChange:
    """
    Another figure of one unit's calculation; without a unit, of all units'.

    A unit is named with its class, such as `training:NVIDIA H100 SXM`.
    """

    unit: str
    said: CostInput


@dataclass(frozen=True, slots=True)
class CostVersionSaid:
    """A version of the inputs: its number, since when it holds, why, and the calculations by it."""

    number: int
    valid_from: datetime | None  # The first came with the market.
    announced_at: datetime | None
    reason: str
    changes: Sequence[InputChange]
    baselines: Sequence["CostBaseline"]


@dataclass(frozen=True, slots=True)
class CostStep:
    """One line of the calculation: what is computed, of what, and what comes out, exactly."""

    code: str
    formula: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class CostBaseline:
    """What a unit's hour and its standard hour cost to make, step by step, in yuan."""

    version: int
    hour_class: str
    unit: str
    is_reference: bool  # of its class: the unit that the class's figure speaks of
    inputs: Mapping[str, CostInput]
    steps: Sequence[CostStep]

    @property
    def per_unit_hour(self) -> Decimal:
        """Return the cost of a sold hour of the unit, half up to six digits."""
        return self._step("unit_hour")

    @property
    def per_standard_hour(self) -> Decimal:
        """Return the cost of a standard hour of the class, half up to six digits."""
        return self._step("standard_hour")

    def _step(self, code: str) -> Decimal:
        return rounded_price(next(each.value for each in self.steps if each.code == code))


def rounded_price(value: Fraction) -> Decimal:
    """Return a fraction of yuan as a price: six digits after the point, half up."""
    millionths = value * 1_000_000
    whole = (2 * millionths.numerator + millionths.denominator) // (2 * millionths.denominator)
    return Decimal(whole).scaleb(-6)


@dataclass(frozen=True, slots=True)
class ReferencePriceTerms:
    """What operators say of a class: a price, its band, its floor, and the hours that cost less."""

    reference: Decimal | None  # yuan a standard hour; none ends the reference price
    below_bp: int = 0
    above_bp: int = 0
    floor: Decimal | None = None
    off_peak_from: int | None = None  # hours of the market's day
    off_peak_until: int | None = None
    off_peak_bp: int = 0


class PriceStanding(TextChoices):
    """How a price lies to a reference price. It allows and forbids nothing."""

    BELOW_FLOOR = "BELOW_FLOOR", _("below the floor")
    BELOW = "BELOW", _("below the band")
    WITHIN = "WITHIN", _("within the band")
    ABOVE = "ABOVE", _("above the band")


@dataclass(frozen=True, slots=True)
class ReferenceBeside:
    """A reference price beside a price: plain values, in yuan a standard hour."""

    hour_class: str
    reference: Decimal
    low: Decimal
    high: Decimal
    floor: Decimal | None
    standing: PriceStanding
    difference: Decimal  # share of the reference; above it is positive
    off_peak_from: int | None = None  # hours of the market's day in which less is advised
    off_peak_until: int | None = None
    off_peak_bp: int = 0


class ReferencePriceRefused(InvalidInput):
    """A reference price breaks its limits."""

    code = "invalid_reference_price"
    sentence = _("The reference price is not valid: %(problem)s")


class CostInputsRefused(InvalidInput):
    """A change of the inputs of costs breaks its limits."""

    code = "invalid_cost_inputs"
    sentence = _("The inputs of costs are not valid: %(problem)s")


class CostVersionNotFound(NotFound):
    """There is no such version of costs."""

    code = "cost_version_not_found"
    sentence = _("There is no such version of the costs.")
