"""From a need to hours, and from hours to an order: pure, in exact fractions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import islice
from math import ceil, floor
from typing import Final, Generic, TypeVar

from django.utils.translation import gettext as _

from marketplace.calculator.contracts import (
    FLOPS_A_PARAMETER_AND_TOKEN,
    GB_MAX,
    HOURS_MAX,
    MONTHS_MAX,
    MOVED_GB_MAX,
    PARAMETERS_MAX,
    REQUESTS_MAX,
    TOKENS_A_REQUEST_MAX,
    TOKENS_MAX,
    UNIT_HOURS_MAX,
    Assumptions,
    ChipHours,
    ComputeNeed,
    NeedKind,
    NeedRefused,
    NumberFormat,
    Peak,
    Shape,
)
from marketplace.catalog.least import Least
from pricing.contracts import COMPONENTS_MAX, TIERS_MAX

T = TypeVar("T")
P = TypeVar("P")
TERA: Final = 10**12
HOUR: Final = 3_600
MILLI: Final = 1_000
SECONDS_MAX: Final = HOURS_MAX * HOUR
MONTH: Final = 720  # hours, as prices by the GB-month count
KILO: Final = Decimal("0.001")
STORED: Final = Decimal("0.000001")
# Of a price, each tier of each component may be rounded down by half a fen.
ROUNDED_DOWN_MAX: Final = COMPONENTS_MAX * TIERS_MAX // 2

# What each kind asks, and the most of it; everything is above nothing.
ASKED: Final[dict[NeedKind, tuple[tuple[str, Decimal | int], ...]]] = {
    NeedKind.TRAIN: (("parameters", PARAMETERS_MAX), ("tokens", TOKENS_MAX), ("hours", HOURS_MAX)),
    NeedKind.SERVE: (
        ("requests", REQUESTS_MAX),
        ("tokens_a_request", TOKENS_A_REQUEST_MAX),
        ("hours", HOURS_MAX),
    ),
    NeedKind.CARD_HOURS: (("unit_hours", UNIT_HOURS_MAX), ("hours", HOURS_MAX)),
    NeedKind.CORE_HOURS: (("unit_hours", UNIT_HOURS_MAX), ("hours", HOURS_MAX)),
    NeedKind.GB_MONTHS: (("gb", GB_MAX), ("months", MONTHS_MAX)),
    NeedKind.TOKENS: (("hours", HOURS_MAX),),
}


def require_within_limits(need: ComputeNeed, assumed: Assumptions) -> None:
    """
    Check that a need can be calculated.

    :raises NeedRefused: naming the first field that is missing or beyond its limit
    """
    for name, most in ASKED[need.kind]:
        _require(name, getattr(need, name), most)
    if need.kind == NeedKind.SERVE and not need.model.strip():
        raise NeedRefused(field="model", problem=_("name the model that is to be served"))
    if need.kind == NeedKind.TOKENS:
        _require_tokens(need)
    for name in ("utilisation", "load"):
        said, own = getattr(need, name), assumed.by_code[name]
        if said is not None and not own.least <= said <= own.most:
            told = _("a number from %(least)s to %(most)s")
            raise NeedRefused(field=name, problem=told % {"least": own.least, "most": own.most})
    if need.moved_gb:
        _require("moved_gb", need.moved_gb, MOVED_GB_MAX)


def _require(name: str, value: Decimal | int, most: Decimal | int) -> None:
    if not 0 < value <= most:
        told = _("a number above 0 and up to %(most)s")
        raise NeedRefused(field=name, problem=told % {"most": f"{most:,}"})


def _require_tokens(need: ComputeNeed) -> None:
    for name in ("tokens_in", "tokens_out"):
        if value := getattr(need, name):
            _require(name, value, TOKENS_MAX)
    if not need.tokens_in + need.tokens_out:
        raise NeedRefused(field="tokens_in", problem=_("say how many tokens"))


def assumed_or_said(need: ComputeNeed, code: str, assumed: Assumptions) -> Decimal:
    """Return what a reader says instead of an assumption, else what is assumed."""
    said: Decimal | None = getattr(need, code)
    return assumed.by_code[code].value if said is None else said


def training_flops(parameters: int, tokens: int) -> int:
    """Return the floating-point operations of a training: six a parameter and token."""
    return FLOPS_A_PARAMETER_AND_TOKEN * parameters * tokens


def hours_on(peak: Peak, flops: int, utilisation: Decimal) -> ChipHours:
    """Return the hours that one chip takes for so many operations, or why nobody can say."""
    if peak.why_none is not None:
        return ChipHours(peak, None, peak.why_none)
    rate = Fraction(peak.tflops[0]) * TERA * Fraction(utilisation)
    return ChipHours(peak, Fraction(flops) / rate / HOUR)


def by_chip(need: ComputeNeed, assumed: Assumptions) -> list[ChipHours]:
    """Return what a training takes of each kind of chip in the format that is asked for."""
    flops = training_flops(need.parameters, need.tokens)
    utilisation = assumed_or_said(need, "utilisation", assumed)
    return [hours_on(peak, flops, utilisation) for peak in peaks(assumed, need.precision)]


def peaks(assumed: Assumptions, precision: NumberFormat) -> Iterable[Peak]:
    """Return what is published in one format."""
    return (peak for peak in assumed.peaks if peak.precision == precision)


def units_to_serve(need: ComputeNeed, certified: Decimal, assumed: Assumptions) -> int:
    """Return how many whole units serve so many requests a second, by a certified throughput."""
    asked = Fraction(need.requests) * need.tokens_a_request
    load = Fraction(assumed_or_said(need, "load", assumed))
    return ceil(asked / (Fraction(certified) * load))


def shape_of_job(unit_hours: Fraction, hours: Decimal, least: Least) -> Shape | None:
    """
    Return the least order of whole units that is done in time; nothing where none lasts so long.

    So many units as finish within the hours, and no longer than they then take.
    """
    units = max(1, ceil(unit_hours / Fraction(hours)))
    milli = least.first_milli(units * MILLI)
    seconds = least.first_seconds(max(1, ceil(unit_hours * HOUR * MILLI / milli)))
    return Shape(milli, seconds) if seconds <= SECONDS_MAX else None


def shape_of_service(units: Fraction, hours: Fraction, least: Least) -> Shape | None:
    """Return the least order of so many units for so long; nothing where none lasts so long."""
    milli = least.first_milli(max(1, ceil(units * MILLI)))
    seconds = least.first_seconds(max(1, ceil(hours * HOUR)))
    return Shape(milli, seconds) if seconds <= SECONDS_MAX else None


# --- Which are the cheapest ---------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class BoundedCost(Generic[T]):
    """Something that costs no less than so many fen, whatever comes on top."""

    least_minor: int
    of: T


@dataclass(frozen=True, slots=True)
class Costed(Generic[P]):
    """What something costs whole, in fen, and by what equals are told apart."""

    cost_minor: int
    number: str
    of: P


@dataclass(frozen=True, slots=True)
class Walked(Generic[P]):
    """The cheapest that were found; `is_proved` says that nothing cheaper was left unlooked at."""

    found: Sequence[Costed[P]]
    looked_at: int
    is_proved: bool


def cheapest(
    bounded: Iterable[BoundedCost[T]],
    cost: Callable[[list[T]], Iterable[Costed[P]]],
    *,
    shown: int,
    at_once: int,
    most: int,
) -> Walked[P]:
    """
    Return the cheapest by their whole cost of things that come by their bounds, the least first.

    It goes on until the next bound is above the cost of the last that is shown: then no other can
    be among them. After `most` it stops, and says that this isn't proved.
    """
    found: list[Costed[P]] = []
    rest, looked_at = iter(bounded), 0
    while batch := list(islice(rest, at_once)):
        if len(found) >= shown and batch[0].least_minor > found[shown - 1].cost_minor:
            break
        if looked_at >= most:
            return Walked(found[:shown], looked_at, is_proved=False)
        looked_at += len(batch)
        found += cost([each.of for each in batch])
        found.sort(key=lambda each: (each.cost_minor, each.number))
    return Walked(found[:shown], looked_at, is_proved=True)


def least_minor(units: Fraction, least: Decimal) -> int:
    """Return the fen that so many units cost at the least, by what one costs at the least."""
    return max(0, floor(units * Fraction(least) * 100) - ROUNDED_DOWN_MAX)


def electricity(watts: Decimal, shape: Shape, pue: Decimal | None) -> Decimal:
    """Return kilowatt-hours at the door of the building; of the chips alone without a PUE."""
    unit_hours = Fraction(shape.milli * shape.seconds, MILLI * HOUR)
    kwh = Fraction(watts) * unit_hours / 1000 * Fraction(1 if pue is None else pue)
    return rounded(kwh, STORED)


def rounded(value: Fraction, step: Decimal) -> Decimal:
    """Return a fraction as a decimal in whole steps, half up."""
    steps = value / Fraction(step)
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return (Decimal(whole) * step).quantize(step, ROUND_HALF_UP)
