"""
The rating rule `rate-1`: graduated tiers, each line rounded once, half up. Pure, and frozen.

Charges were made by it: it is never changed. Another way to rate is another file.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from uuid import UUID

from common.money import EXACT, Money
from pricing.contracts import (
    QUANTITY_DIGITS,
    QUANTITY_MAX,
    InvalidQuantity,
    Measure,
    RateCard,
    RateComponent,
    RatedLine,
    RateTier,
)

ZERO: Final = Decimal(0)


def rate(card: RateCard, measure: Measure, *, after: Measure | None = None) -> list[RatedLine]:
    """
    Price a measure by a plan; one line for each tier that a component reaches.

    `after` is what was rated before under the same contract: tiers go on counting from there, and
    a line's amount is the rounded price of everything so far less the rounded price of what was
    rated before. Charging in parts therefore adds up to exactly the charge of the whole. A
    negative quantity takes back what lies below `after`.

    :raises NotMeasured: if the plan charges by a unit that the measure lacks
    """
    lines: list[RatedLine] = []
    for component in card.components:
        quantity = _checked(measure.of(component.unit))
        before = _checked(after.of(component.unit)) if after else ZERO
        reached = EXACT.add(before, quantity)
        if reached < 0 or before < 0:
            raise InvalidQuantity
        lines += _component_lines(card, component, before, reached, measure.rule_version_id)
    return lines


def _component_lines(
    card: RateCard,
    component: RateComponent,
    before: Decimal,
    reached: Decimal,
    rule_version_id: UUID | None,
) -> Iterator[RatedLine]:
    for tier, until in _bounded(component.tiers):
        had = _portion(before, tier.starts_from, until)
        has = _portion(reached, tier.starts_from, until)
        if had == has and not (before == reached and tier.starts_from == 0):
            continue  # A quantity of nothing still shows its first line, priced 0.
        quantity = EXACT.subtract(has, had)
        yield RatedLine(
            component=component.code,
            unit=component.unit,
            quantity=quantity,
            tier_from=tier.starts_from,
            tier_until=until,
            unit_price=tier.unit_price,
            raw_amount=EXACT.multiply(quantity, tier.unit_price),
            amount_minor=_minor(has, tier, card.asset) - _minor(had, tier, card.asset),
            asset=card.asset,
            plan_version_id=card.version_id,
            rule_version_id=rule_version_id,
        )


def _bounded(tiers: tuple[RateTier, ...]) -> Iterator[tuple[RateTier, Decimal | None]]:
    borders = [tier.starts_from for tier in tiers[1:]]
    yield from zip(tiers, [*borders, None], strict=True)


def _portion(quantity: Decimal, starts_from: Decimal, until: Decimal | None) -> Decimal:
    """Return how much of a quantity counted from zero lies in a tier."""
    top = quantity if until is None else min(quantity, until)
    return max(EXACT.subtract(top, starts_from), ZERO)


def _minor(quantity: Decimal, tier: RateTier, asset: str) -> int:
    return Money.from_decimal(EXACT.multiply(quantity, tier.unit_price), asset=asset).minor


def _checked(quantity: Decimal) -> Decimal:
    if not quantity.is_finite() or abs(quantity) > QUANTITY_MAX:
        raise InvalidQuantity
    if -int(quantity.as_tuple().exponent) > QUANTITY_DIGITS:
        raise InvalidQuantity
    return quantity
