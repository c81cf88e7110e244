"""Whether a price lies within what a book allows. Pure, and exact to the fen."""

from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

from marketplace.catalog.contracts import PriceOutsideCollar

FEN: Final = 100


class CollarEdges(Protocol):
    """The least and the most that a standard hour may cost, in yuan."""

    @property
    def low(self) -> Decimal:
        """The least."""

    @property
    def high(self) -> Decimal:
        """The most."""


def is_within(gross_minor: int, standard_hours: Fraction, limits: CollarEdges) -> bool:
    """
    Tell whether an amount for some standard hours is allowed.

    Amounts are rounded to the fen, so one fen more or less is no other price.
    """
    least = Fraction(limits.low) * FEN * standard_hours
    most = Fraction(limits.high) * FEN * standard_hours
    return least - 1 <= gross_minor <= most + 1


def refusal(gross_minor: int, standard_hours: Fraction, limits: CollarEdges) -> PriceOutsideCollar:
    """Return what says that a price is not allowed."""
    price = round(Fraction(gross_minor, FEN) / standard_hours, 6)
    return refusal_of(Decimal(price.numerator) / Decimal(price.denominator), limits)


def refusal_of(price: Decimal, limits: CollarEdges) -> PriceOutsideCollar:
    """Return what says that a price of a standard hour is not allowed."""
    shown = {
        "price": price_text(price),
        "low": price_text(limits.low),
        "high": price_text(limits.high),
    }
    return PriceOutsideCollar(field="listing_id", **shown)


def price_text(value: Decimal) -> str:
    """Return a price without the zeros that say nothing."""
    text = f"{value:.6f}".rstrip("0")
    whole, _point, part = text.partition(".")
    return f"{whole}.{part:0<2}"
