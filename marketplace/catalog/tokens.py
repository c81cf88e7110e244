"""Tokens of an API: what each kind counts as, what throughput answers so many. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final

from common.period import Period
from marketplace.catalog import rules
from marketplace.catalog.contracts import ListingTerms, NotSoldByTokens
from pricing import rules as pricing_rules
from pricing import token_kinds
from pricing.contracts import Measure, RateCard

GENERATED: Final = "api-tokens-out"
MILLI: Final = 1_000
# The kinds of tokens, by the units in which an API's meter counts them.
KIND_OF_UNIT: Final = {"api-token": "in", "api-token-out": "out", "api-token-cached": "cached"}


def generated_weight(definition: Mapping[str, Any]) -> Decimal:
    """Return what a generated token counts as in tokens read, by a measurement rule."""
    weights = {each["metric"]: each["weight"] for each in definition.get("weights", ())}
    return Decimal(weights.get(GENERATED, "1"))


def kind_weights(by_unit: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what a token of each kind counts as, from a rule's weights by unit."""
    return {kind: by_unit[unit] for unit, kind in KIND_OF_UNIT.items() if by_unit.get(unit)}


def throughput_milli(tokens: Fraction, seconds: int) -> int:
    """Return the thousandths of a token a second that answer so many tokens in a time."""
    return max(1, ceil(tokens * MILLI / seconds))


def committed_by_kind(
    card: RateCard,
    terms: ListingTerms,
    *,
    milli: int,
    period: Period,
    mix: token_kinds.TokenMix,
    weights: token_kinds.TokenWeights,
) -> tuple[Measure, dict[str, int]]:
    """
    Return what an order of throughput commits of each kind of tokens, and in what shares.

    Without a mix the order may be used for any kind: it is measured as the one that costs most.

    :raises NotSoldByTokens: if a kind is wanted that the measurement rule does not weigh
    """
    base = rules.measure_for(terms, milli=milli, period=period)
    counted = Fraction(milli * period.microseconds, MILLI * 1_000_000)
    wanted = {kind: tokens for kind, tokens in mix.items() if tokens}
    if not wanted.keys() <= weights.keys() or not weights:
        raise NotSoldByTokens(field="listing_id")

    def measured(shares: token_kinds.TokenMix) -> Measure:
        kinds = token_kinds.in_shares(counted, shares, weights)
        return replace(base, quantities=base.quantities | kinds)

    if wanted:
        return measured(wanted), wanted

    def price(shares: token_kinds.TokenMix) -> int:
        return pricing_rules.total_minor(pricing_rules.rate(card, measured(shares)))

    dearest = max(token_kinds.pure_mixes(weights), key=price)
    return measured(dearest), dearest
