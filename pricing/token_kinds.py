"""
Tokens of an API by kind: read, generated, read from a cache. Pure, exact.

An order takes throughput: so many tokens a second, in which a token of each kind counts as much as
the measurement rule weighs it. A mix says in what shares the kinds are wanted; it is whole numbers
of tokens, and only their proportion matters.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Final

from pricing import rate_3
from pricing.contracts import QUANTITY_DIGITS, RateCard, RateUnit

KINDS: Final = {
    "in": RateUnit.MTOKEN_IN,
    "out": RateUnit.MTOKEN_OUT,
    "cached": RateUnit.MTOKEN_CACHED,
}
MILLION: Final = 10**6
TokenMix = Mapping[str, int]
TokenWeights = Mapping[str, Decimal]


def is_by_kind(card: RateCard) -> bool:
    """Return whether a plan prices tokens by their kind."""
    return card.terms is not None and rate_3.counts_kinds(card.terms)


def in_shares(counted: Fraction, mix: TokenMix, weights: TokenWeights) -> dict[RateUnit, Decimal]:
    """
    Return how many million tokens of each kind so many counted ones answer, in a mix's shares.

    Cut off after twelve digits, as the database computes it.

    :raises KeyError: if the rule weighs no tokens of a kind that the mix names
    """
    whole = sum((Fraction(weights[kind]) * tokens for kind, tokens in mix.items()), Fraction(0))
    found = dict.fromkeys(KINDS.values(), Decimal(0))
    for kind, tokens in mix.items():
        share = counted * tokens / whole / MILLION
        digits = Decimal(floor(share * 10**QUANTITY_DIGITS))
        found[KINDS[kind]] = digits.scaleb(-QUANTITY_DIGITS)
    return found


def mix_json(mix: TokenMix) -> dict[str, str]:
    """Return a mix as plain data: kinds of which there are some."""
    return {kind: str(mix[kind]) for kind in KINDS if mix.get(kind)}


def mix_of(data: Mapping[str, Any]) -> dict[str, int]:
    """Return the mix that `mix_json` wrote."""
    return {kind: int(tokens) for kind, tokens in data.items()}


def pure_mixes(weights: TokenWeights) -> list[dict[str, int]]:
    """Return the mixes of one kind alone, of those that a rule weighs."""
    return [{kind: 1} for kind in KINDS if kind in weights]
