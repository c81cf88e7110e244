"""
Whether a plan's new version is worse for those who buy by it. Pure.

Each unit costs no more than it did, wherever in the tiers it lies, or the version is worse. So is
one that charges for anything else, in another asset or by other arithmetic: that is not clear.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pricing.contracts import RateComponent


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a version of a plan says about money."""

    components: Sequence[RateComponent]
    asset: str
    rating_rule: str


def is_worse(before: PlanTerms, after: PlanTerms) -> bool:
    """Return whether somebody may pay more under the later terms."""
    if (before.asset, before.rating_rule) != (after.asset, after.rating_rule):
        return True
    old, new = (
        {(part.code, part.unit): part for part in each.components} for each in (before, after)
    )
    return old.keys() != new.keys() or any(_is_dearer(old[key], new[key]) for key in new)


def _is_dearer(before: RateComponent, after: RateComponent) -> bool:
    return any(
        new_price > old_price and old_from < new_until and new_from < old_until
        for old_from, old_until, old_price in _stretches(before)
        for new_from, new_until, new_price in _stretches(after)
    )


def _stretches(component: RateComponent) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    """Yield where each tier begins and ends, and its price."""
    ends = [tier.starts_from for tier in component.tiers[1:]]
    for tier, end in zip(component.tiers, [*ends, Decimal("Infinity")], strict=True):
        yield tier.starts_from, end, tier.unit_price
