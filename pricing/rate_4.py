"""
The rating rule `rate-4`: `rate-2` for prices of compute, storage and networks in one plan. Pure.

Each component says what it is a price of. What a listing sells is a fact of the use, `sold_as`, and
the components of that alone are its price; where nothing is said it is compute. All else, cells and
rounding included, is as `rate-2` has it. Charges were made by it: it is never changed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from pricing import rate_2
from pricing.contracts import Measure, RateCard, RatedLine
from pricing.plan_models import RateTerms, SoldAs
from pricing.rate_2 import Cells, RatingContext, TimedUse

NAME: Final = "rate-4"
SOLD_AS: Final = "sold_as"  # the kind of the fact


def rate(card: RateCard, measure: Measure, *, after: Measure | None = None) -> list[RatedLine]:
    """
    Price a measure that is spread evenly over its time; `after` is what was rated before it.

    :raises NotMeasured: if the plan charges by a unit that the measure lacks
    :raises InvalidQuantity: if more is taken back than there was, or time is asked for and unknown
    """
    sold_as = _sold_as(dict(measure.facts))
    return _named(rate_2.rate(of_what_is_sold(card, sold_as), measure, after=after), sold_as)


def advanced(terms: RateTerms, before: Cells, use: TimedUse, context: RatingContext) -> Cells:
    """
    Return the cells after some use.

    :raises NotMeasured, InvalidQuantity: as `rate_2.advanced` does
    """
    return rate_2.advanced(_selected(terms, _sold_as(context.facts)), before, use, context)


def lines(
    card: RateCard,
    before: Cells,
    reached: Cells,
    context: RatingContext,
    *,
    rule_version_id: UUID | None = None,
) -> list[RatedLine]:
    """Return the lines of `rate_2.lines`, under this rule's name, each with what was sold."""
    sold_as = _sold_as(context.facts)
    selected = of_what_is_sold(card, sold_as)
    found = rate_2.lines(selected, before, reached, context, rule_version_id=rule_version_id)
    return _named(found, sold_as)


def by_facts(card: RateCard, facts: Mapping[str, str]) -> RateCard:
    """Return a card with what of it is a price of such a use; other plans as they are."""
    return of_what_is_sold(card, _sold_as(facts))


def of_what_is_sold(card: RateCard, sold_as: str) -> RateCard:
    """Return a card with its components for one thing alone; other plans as they are."""
    if card.terms is None or not card.terms.is_of_several:
        return card
    terms = _selected(card.terms, sold_as)
    codes = {part.code for part in terms.parts}
    shown = tuple(part for part in card.components if part.code in codes)
    return replace(card, terms=terms, components=shown)


def _selected(terms: RateTerms, sold_as: str) -> RateTerms:
    return replace(terms, parts=tuple(part for part in terms.parts if part.sold_as == sold_as))


def _sold_as(facts: Mapping[str, str]) -> str:
    return facts.get(SOLD_AS, SoldAs.COMPUTE.value)


def _named(found: list[RatedLine], sold_as: str) -> list[RatedLine]:
    return [replace(line, rating_rule=NAME, sold_as=sold_as) for line in found]
