"""Whether a new fee is worse for those who pay it. Pure."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What a version of the fee says."""

    rate: Decimal
    rule: str


def is_worse(before: FeeTerms, after: FeeTerms) -> bool:
    """Return whether the fee is higher, or follows other arithmetic, which is not clear."""
    return after.rate > before.rate or after.rule != before.rule
