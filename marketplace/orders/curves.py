"""
What a plan asks for any amount of capacity, in whole numbers. Pure.

An amount is thousandths of a unit times seconds. A curve gives to the fen what `rating.price`
adds up to, at a fraction of its cost, and a floor for an octave of amounts to sort plans by.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final, Self

from common.money import AMOUNT_MINOR_MAX
from common.rulebooks import UnknownRuleVersion
from marketplace.catalog.rules import STANDARD_DIGITS
from pricing.contracts import (
    FIRST_RATING_RULE,
    QUANTITY_DIGITS,
    QUANTITY_MAX,
    RateCard,
    RateComponent,
    RateUnit,
)

MINOR: Final = 100  # minor units of one major unit
AMOUNT_OF_AN_HOUR: Final = 3_600_000  # one unit for one hour
FRACTION_BITS: Final = 64  # floors are whole numbers of 2**-64 fen
HOUR_DIGITS: Final = {
    RateUnit.UNIT_HOUR: QUANTITY_DIGITS,
    RateUnit.STANDARD_HOUR: -int(STANDARD_DIGITS.as_tuple().exponent),
}


@dataclass(frozen=True, slots=True)
class CurvePart:
    """
    One component: `numerator / denominator` steps of quantity for one of amount.

    A step is the last digit that a measured quantity has, `widened` into steps as fine as the
    borders of the tiers. A step costs `prices[tier] / divisor` fen.
    """

    numerator: int
    denominator: int
    widened: int
    most_steps: int
    borders: tuple[int, ...]  # where tiers start; the first at nothing
    prices: tuple[int, ...]
    reached: tuple[int, ...]  # the price of everything below each border
    divisor: int

    @classmethod
    def of(cls, component: RateComponent, factor: Decimal | None) -> Self | None:
        """Return a component as whole numbers; None where time has no figure in its unit."""
        per_hour = factor if component.unit == RateUnit.STANDARD_HOUR else Decimal(1)
        if component.unit not in HOUR_DIGITS or per_hour is None:
            return None
        digits = HOUR_DIGITS[component.unit]
        fine = max([digits, *(_digits(tier.starts_from) for tier in component.tiers)])
        cents = max(_digits(tier.unit_price) for tier in component.tiers)
        borders = [int(tier.starts_from.scaleb(fine)) for tier in component.tiers]
        prices = [int(tier.unit_price.scaleb(cents)) * MINOR for tier in component.tiers]
        steps, hours = per_hour.as_integer_ratio()
        below = [
            (high - low) * price
            for (low, high), price in zip(pairwise(borders), prices, strict=False)
        ]
        return cls(
            numerator=steps * 10**digits,
            denominator=hours * AMOUNT_OF_AN_HOUR,
            widened=10 ** (fine - digits),
            most_steps=int(QUANTITY_MAX) * 10**fine,
            borders=tuple(borders),
            prices=tuple(prices),
            reached=(0, *accumulate(below)),
            divisor=10 ** (fine + cents),
        )

    def minor(self, amount: int) -> int | None:
        """Return the price of an amount, each tier rounded half up; None if it is no amount."""
        steps = _half_even(amount * self.numerator, self.denominator) * self.widened
        if steps > self.most_steps:
            return None
        total = 0
        for low, high, price in zip(
            self.borders, (*self.borders[1:], steps), self.prices, strict=True
        ):
            if steps <= low:
                break
            minor = (2 * (min(steps, high) - low) * price + self.divisor) // (2 * self.divisor)
            if minor > AMOUNT_MINOR_MAX:
                return None
            total += minor
        return total

    def floor(self, octave: int) -> int:
        """
        Return what a thousandth-second costs at least, from an amount up to twice as much.

        The average price of a graduated plan is least at an end of the octave or at a border in
        it. Rounding takes at most half a fen from each tier that costs anything.
        """
        least = min(self._averages(octave))
        last = bisect_right(self.borders, self._steps(2 * octave) + self.widened)
        priced = sum(1 for price in self.prices[:last] if price)
        # The steps of a quantity are rounded, too: by less than one.
        lost = (max(self.prices) * self.widened << FRACTION_BITS) // self.divisor + (
            priced << FRACTION_BITS - 1
        )
        return least - -(-lost // octave)

    def _averages(self, octave: int) -> Iterator[int]:
        for amount in (octave, 2 * octave):
            yield (self._raw(self._steps(amount)) << FRACTION_BITS) // (self.divisor * amount)
        wide = self.numerator * self.widened
        for border, reached in zip(self.borders, self.reached, strict=True):
            if octave * wide < border * self.denominator < 2 * octave * wide:
                yield (reached * wide << FRACTION_BITS) // (
                    self.divisor * border * self.denominator
                )

    def _steps(self, amount: int) -> int:
        return amount * self.numerator // self.denominator * self.widened

    def _raw(self, steps: int) -> int:
        tier = bisect_right(self.borders, steps) - 1
        return self.reached[tier] + (steps - self.borders[tier]) * self.prices[tier]


@dataclass(frozen=True, slots=True)
class Curve:
    """All components of a plan for one factor. Plans that ask the same have equal curves."""

    parts: tuple[CurvePart, ...]

    @classmethod
    def of(cls, card: RateCard, factor: Decimal | None) -> Self | None:
        """
        Return the curve of a plan; None if it charges by what time is not counted in.

        :raises UnknownRuleVersion: if the plan is rated by another rule than these numbers follow
        """
        if card.rating_rule != FIRST_RATING_RULE:
            raise UnknownRuleVersion(kind="rating", version=card.rating_rule)
        parts = tuple(
            part for component in card.components if (part := CurvePart.of(component, factor))
        )
        return cls(parts) if len(parts) == len(card.components) else None

    def minor(self, amount: int) -> int | None:
        """Return the price of an amount in fen; None if it is no amount."""
        total = 0
        for part in self.parts:
            minor = part.minor(amount)
            if minor is None:
                return None
            total += minor
        return total

    def floor(self, octave: int) -> int:
        """Return in 2**-64 fen what a thousandth-second costs at least in an octave."""
        return sum(part.floor(octave) for part in self.parts)


def octave_of(amount: int) -> int:
    """Return the power of two up to whose double an amount lies."""
    return 1 << amount.bit_length() - 1


def at_least(floor: int, amount: int) -> int:
    """Return the whole fen that an amount costs at least by its octave's floor."""
    return -(-floor * amount >> FRACTION_BITS)


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole & 1))


def _digits(number: Decimal) -> int:
    """Return how many digits a number has after the point."""
    return max(0, -int(number.as_tuple().exponent))
