"""
The rating rule `rate-3`: `rate-2` for tokens that have a price by kind. Pure.

Tokens read, generated and read from a cache are units of their own, each with its own price. What
is read from a cache counts as read where the plan has no price for it, and kinds of which nothing
was used have no line beside others. All else, cells and rounding included, is as `rate-2` has it.
Charges were made by it: it is never changed.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar
from uuid import UUID

from pricing import rate_2
from pricing.contracts import TOKEN_KINDS, Measure, RateCard, RatedLine, RateUnit
from pricing.plan_models import RateTerms
from pricing.rate_2 import Cells, RatingContext, TimedUse

NAME: Final = "rate-3"
Figure = TypeVar("Figure", Decimal, Fraction)


def rate(card: RateCard, measure: Measure, *, after: Measure | None = None) -> list[RatedLine]:
    """
    Price a measure that is spread evenly over its time; `after` is what was rated before it.

    :raises NotMeasured: if the plan charges by a unit that the measure lacks
    :raises InvalidQuantity: if more is taken back than there was, or time is asked for and unknown
    """
    terms = rate_2.terms_of(card)
    seen = replace(measure, quantities=_as_priced(terms, measure.quantities, Decimal(0)))
    earlier = after and replace(after, quantities=_as_priced(terms, after.quantities, Decimal(0)))
    return _named(rate_2.rate(card, seen, after=earlier))


def advanced(terms: RateTerms, before: Cells, use: TimedUse, context: RatingContext) -> Cells:
    """
    Return the cells after some use.

    :raises NotMeasured, InvalidQuantity: as `rate_2.advanced` does
    """
    seen = replace(use, quantities=_as_priced(terms, use.quantities, Fraction(0)))
    return rate_2.advanced(terms, before, seen, context)


def lines(
    card: RateCard,
    before: Cells,
    reached: Cells,
    context: RatingContext,
    *,
    rule_version_id: UUID | None = None,
) -> list[RatedLine]:
    """Return the lines of `rate_2.lines`, under this rule's name."""
    return _named(rate_2.lines(card, before, reached, context, rule_version_id=rule_version_id))


def counts_kinds(terms: RateTerms) -> bool:
    """Return whether terms price tokens by their kind, which this rule rates and none before."""
    return any(part.unit in TOKEN_KINDS for part in terms.parts)


def _as_priced(
    terms: RateTerms, quantities: Mapping[RateUnit, Figure], nothing: Figure
) -> dict[RateUnit, Figure]:
    """Return quantities by the kinds that a plan has prices for."""
    seen = dict(quantities)
    is_priced = any(part.unit == RateUnit.MTOKEN_CACHED for part in terms.parts)
    if RateUnit.MTOKEN_CACHED in seen and not is_priced:
        cached = seen.pop(RateUnit.MTOKEN_CACHED)
        seen[RateUnit.MTOKEN_IN] = seen.get(RateUnit.MTOKEN_IN, nothing) + cached
    return seen


def _named(found: list[RatedLine]) -> list[RatedLine]:
    """Return lines under this rule's name, without kinds of which there is nothing."""
    told = [line for line in found if line.quantity or line.amount_minor or not _is_kind(line)]
    return [replace(line, rating_rule=NAME) for line in told or found[:1]]


def _is_kind(line: RatedLine) -> bool:
    return line.unit in TOKEN_KINDS
