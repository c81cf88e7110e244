"""
What a standard hour costs a member of a price group in a round: no fen more than its group's. Pure.

A round decides in whole fen, rounded up. What is charged follows from the plan that the round
publishes, whose price has six digits: so a member's part comes to what its group is asked for it.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from common.money import EXACT
from common.period import Period
from marketplace.catalog.contracts import ListingTerms
from marketplace.orders import rules as orders_rules
from pricing.contracts import PRICE_DIGITS, RateCard

STEP: Final = Decimal(1).scaleb(-PRICE_DIGITS)
FEN: Final = 2  # digits of a yuan


def price_of_part(
    card: RateCard,
    terms: ListingTerms,
    *,
    units_milli: int,
    period: Period,
    group: str,
    most: int,
    least: int,
) -> Decimal:
    """
    Return what a plan asks a group for a part, by the standard hour, in yuan of six digits.

    It is no more than `most`, which the round decided, and no less than `least`, what the book
    allows; both in fen.
    """
    seconds = period.microseconds // 1_000_000
    lines = orders_rules.price(
        card,
        units_milli=units_milli,
        seconds=seconds,
        factor=terms.standard_factor,
        rule_version_id=terms.rule_version_id,
        starts_at=period.starts_at,
        facts=(*terms.facts, ("group", group)),
    )
    minor = sum(line.amount_minor for line in lines)
    hours = Fraction(units_milli * seconds, 1000 * 3600) * Fraction(terms.standard_factor or 1)
    exact = Fraction(minor, 10**FEN) / hours
    price = EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    rounded = price.quantize(STEP, ROUND_HALF_UP, EXACT)
    return max(min(rounded, fen_in_yuan(most)), fen_in_yuan(least))


def fen_in_yuan(fen: int) -> Decimal:
    """Return fen as yuan with two digits."""
    return Decimal(fen).scaleb(-FEN)


def in_code(price: Decimal) -> int:
    """Return a price as the code of its plan ends: in fen, or where it has more digits in these."""
    fen = price.scaleb(FEN)
    return int(fen) if fen == int(fen) else int(price.scaleb(PRICE_DIGITS))
