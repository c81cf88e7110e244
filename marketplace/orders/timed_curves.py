"""
What a plan under `rate-2` asks, for the index of prices. Pure.

Its price depends on when something is used, so it is computed exactly for an order once the order
comes to it; what comes before that is a bound that no time of use undercuts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Final, NamedTuple, Self
from uuid import UUID

from common.errors import InvalidInput
from common.money import EXACT
from marketplace.orders import rating
from marketplace.orders.curves import HOUR_DIGITS, CurvePart
from pricing import rate_2, rate_4
from pricing.contracts import NotMeasured, RateCard, RateComponent, RateTier, RateUnit
from pricing.plan_models import FLAT_BAND, CountedOver, PlanModel, PlanPart, RateTerms

NOBODY: Final = UUID(int=0)
DIGITS: Final = Decimal("1e-12")


class OrderedTime(NamedTuple):
    """How much an order wants, and when: what decides its price by a plan of times of use."""

    units_milli: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class TimedCurve:
    """A plan for one factor and some facts. Plans that ask the same have equal curves."""

    card: RateCard
    factor: Decimal | None
    facts: tuple[tuple[str, str], ...]
    parts: tuple[CurvePart, ...]

    @classmethod
    def of(
        cls, card: RateCard, factor: Decimal | None, *, facts: tuple[tuple[str, str], ...] = ()
    ) -> Self | None:
        """Return the curve of a plan; None if it charges by what time is not counted in."""
        card = rate_4.by_facts(card, dict(facts))
        terms = rate_2.terms_of(card)
        metered = [part for part in terms.parts if part.is_metered]
        if any(RateUnit(part.unit) not in HOUR_DIGITS for part in metered):
            return None
        least = [CurvePart.of(_least(terms, part, dict(facts)), factor) for part in metered]
        found = tuple(part for part in least if part)
        nameless = replace(
            card, version_id=NOBODY, plan_code="", version=0, content_hash="", provider_id=NOBODY
        )
        return cls(nameless, factor, facts, found) if len(found) == len(metered) else None

    def minor_at(self, when: OrderedTime | None) -> int | None:
        """Return the price of an order in minor units; None if it is no amount."""
        if when is None:
            return None
        try:
            lines = rating.price(
                self.card,
                units_milli=when.units_milli,
                seconds=rating.whole_seconds(when.starts_at, when.ends_at),
                factor=self.factor,
                rule_version_id=NOBODY,
                starts_at=when.starts_at,
                facts=self.facts,
            )
        except (NotMeasured, InvalidInput):
            return None
        return sum(line.amount_minor for line in lines)

    def floor(self, octave: int) -> int:
        """Return in 2**-64 fen what a thousandth-second costs at least in an octave."""
        return sum(part.floor(octave) for part in self.parts)


def _least(terms: RateTerms, part: PlanPart, facts: dict[str, str]) -> RateComponent:
    """
    Return the least that a component may ask, whatever the time of use.

    Falling tiers that are counted apart, by band or month, cost no less than counted together.
    """
    bands = {each.band for each in terms.bands} | {FLAT_BAND} if part.bands else {""}
    times = min(rate_2.multiplier(terms, part, band, facts) for band in bands)
    by = EXACT.divide(Decimal(times.numerator), Decimal(times.denominator))
    prices = list(_prices(part))
    falls = all(low.unit_price >= high.unit_price for low, high in pairwise(prices))
    is_apart = bool(part.bands) or part.per != CountedOver.CONTRACT
    if part.model == PlanModel.VOLUME or (is_apart and not falls):
        prices = [RateTier(Decimal(0), min(tier.unit_price for tier in prices))]
    tiers = tuple(
        RateTier(
            tier.starts_from,
            EXACT.multiply(tier.unit_price, by).quantize(DIGITS, ROUND_FLOOR, EXACT),
        )
        for tier in prices
    )
    return RateComponent(part.code, RateUnit(part.unit), tiers)


def _prices(part: PlanPart) -> Iterator[RateTier]:
    if part.model == PlanModel.PACKAGE:
        yield RateTier(Decimal(0), EXACT.divide(part.price, part.block))
    else:
        yield from part.tiers
