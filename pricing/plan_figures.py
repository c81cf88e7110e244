"""How figures, times and values of a plan are written: one form for data and for fields."""

import re
from decimal import Decimal
from typing import Final

from pricing.contracts import UNIT_PRICE_MAX

PRICE: Final = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?", re.ASCII)
QUANTITY: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)
FACTOR: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?", re.ASCII)
VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)
FACTOR_MAX: Final = Decimal(100)


def is_price(text: str) -> bool:
    """Return whether a text is a price of a unit, in major units."""
    return bool(PRICE.fullmatch(text)) and Decimal(text) <= UNIT_PRICE_MAX


def is_quantity(text: str) -> bool:
    """Return whether a text is a quantity above nothing."""
    return bool(QUANTITY.fullmatch(text)) and Decimal(text) > 0


def is_factor(text: str) -> bool:
    """Return whether a text is what prices may be multiplied by."""
    return bool(FACTOR.fullmatch(text)) and Decimal(text) <= FACTOR_MAX


def is_share(text: str) -> bool:
    """Return whether a text is a share of a whole, from 0 to 1."""
    return is_factor(text) and Decimal(text) <= 1


def is_value(text: str) -> bool:
    """Return whether a text may be a fact that a factor is looked up by."""
    return bool(VALUE.fullmatch(text))


def is_clock(text: str) -> bool:
    """Return whether a text is a time of day from 00:00 to 24:00."""
    return bool(CLOCK.fullmatch(text))
