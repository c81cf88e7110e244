"""The throughput of an API that answers so many tokens in a time, and what of each kind it is."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from common.period import Period
from identity.contracts import CapacityUnit
from marketplace.catalog import needs, rules, tokens
from marketplace.catalog.contracts import ListingTerms, NotSoldByTokens
from marketplace.catalog.models import Listing
from marketplace.catalog.selectors.listings import listing
from metering import selectors as metering_selectors
from pricing import token_kinds
from pricing.contracts import TOKEN_KINDS, Measure, RateCard

ANY_KIND: Final = "any"  # tokens in all, of whatever kind


def throughput_of(
    *, listing_id: UUID | None, wanted: Mapping[str, Fraction], period: Period
) -> int:
    """
    Return the thousandths of a token a second that a listing has to answer, in its own steps.

    `wanted` is so many tokens by kind, or of any: these are enough whatever kind they are of, where
    the kinds have prices of their own.

    :raises NotSoldByTokens: if there is no such listing, or it does not sell such tokens
    """
    asked = Listing.objects.select_related("rule_version", "book").filter(pk__in=[listing_id])
    found = asked.first() if listing_id else None
    seconds = period.microseconds // 1_000_000
    if found is None or found.capacity_unit != CapacityUnit.TPS or not seconds:
        raise NotSoldByTokens(field="listing_id")
    weights = {"in": Fraction(1)} | {
        kind: Fraction(weight) for kind, weight in weights_of(found.rule_version_id).items()
    }
    weights.setdefault("out", Fraction(1))
    is_by_kind = found.headline_unit in TOKEN_KINDS
    weights[ANY_KIND] = max(weights.values()) if is_by_kind else Fraction(1)
    if any(kind not in weights for kind, amount in wanted.items() if amount):
        raise NotSoldByTokens(field="listing_id")
    counted = sum((amount * weights[kind] for kind, amount in wanted.items() if amount), Fraction())
    return found.least.first_milli(tokens.throughput_milli(counted, seconds))


def time_for(*, listing_id: UUID, milli: int, standard_hours: Decimal) -> timedelta:
    """
    Return how long so many thousandths of a listing take for what a job needs, in its own steps.

    :raises ListingNotFound: if there is no such listing
    :raises NeedNotCounted: if it counts no standard hours, or it would take too long
    """
    found = listing(listing_id)
    seconds = needs.seconds_for(
        standard_hours, milli=milli, factor=found.standard_factor, least=found.least
    )
    return timedelta(seconds=seconds)


def weights_of(rule_version_id: UUID) -> token_kinds.TokenWeights:
    """Return what a token of each kind counts as, by a measurement rule that weighs them."""
    terms = metering_selectors.rule_terms([rule_version_id])[rule_version_id].terms
    return tokens.kind_weights(terms.weights if terms else {})


def committed_measure(
    card: RateCard,
    terms: ListingTerms,
    *,
    milli: int,
    period: Period,
    mix: token_kinds.TokenMix,
) -> tuple[Measure, dict[str, int]]:
    """
    Return what using capacity of a listing is measured as, and in what shares of tokens.

    The shares are empty where the plan has no prices by kind: then a mix decides nothing.

    :raises NotSoldByTokens: if a kind is wanted that the measurement rule does not weigh
    """
    if not token_kinds.is_by_kind(card):
        return rules.measure_for(terms, milli=milli, period=period), {}
    return tokens.committed_by_kind(
        card,
        terms,
        milli=milli,
        period=period,
        mix=mix,
        weights=weights_of(terms.rule_version_id),
    )
