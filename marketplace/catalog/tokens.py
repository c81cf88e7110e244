"""Tokens of an API: what a generated one counts as, what throughput answers so many. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final

GENERATED: Final = "api-tokens-out"
MILLI: Final = 1_000


def generated_weight(definition: Mapping[str, Any]) -> Decimal:
    """Return what a generated token counts as in tokens read, by a measurement rule."""
    weights = {each["metric"]: each["weight"] for each in definition.get("weights", ())}
    return Decimal(weights.get(GENERATED, "1"))


def throughput_milli(tokens: Fraction, seconds: int) -> int:
    """Return the thousandths of a token a second that answer so many tokens in a time."""
    return max(1, ceil(tokens * MILLI / seconds))
