"""
The fee rule `fee-1`: a share of what was collected, rounded once, half up. Pure, and frozen.

Charges were made by it: it is never changed. Another way to take a fee is another file.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from common.money import EXACT

NAME: Final = "fee-1"


def fee(gross_minor: int, rate: Decimal) -> int:
    """Return the market's fee on what was collected; rounded once, half up."""
    raw = EXACT.multiply(Decimal(gross_minor), rate)
    return int(raw.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))
