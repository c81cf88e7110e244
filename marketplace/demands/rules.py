"""Pure rules of demands: the table of states, the rule by version, and who keeps a place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from common.rulebooks import Rulebook
from marketplace.demands import clear_2
from marketplace.demands.contracts import (
    DemandMove,
    DemandState,
    DemandTerms,
    ListingAnswer,
    Match,
    MatchSnapshot,
    Option,
    PriceLimit,
)


@dataclass(frozen=True, slots=True)
class MatchingRule:
    """One version: how it decides, and what each preference would choose."""

    clear: Callable[[MatchSnapshot], Match]
    offers: Callable[[MatchSnapshot], dict[str, Match]]
    look: Callable[[MatchSnapshot, Option, datetime | None], tuple[ListingAnswer, ...]]


RULES: Final = Rulebook(
    "matching", {clear_2.NAME: MatchingRule(clear_2.clear, clear_2.offers, clear_2.look)}
)
MATCHING_RULE: Final = RULES.newest
TRANSITIONS: Final = {
    (DemandState.WAITING, DemandMove.AMENDED): DemandState.WAITING,
    (DemandState.WAITING, DemandMove.FILLED): DemandState.FILLED,
    (DemandState.WAITING, DemandMove.REFUSED): DemandState.REFUSED,
    (DemandState.WAITING, DemandMove.EXPIRED): DemandState.EXPIRED,
    (DemandState.WAITING, DemandMove.CANCELLED): DemandState.CANCELLED,
    # Nothing of what filled it was delivered.
    (DemandState.FILLED, DemandMove.REOPENED): DemandState.WAITING,
}


def clear(snapshot: MatchSnapshot) -> Match:
    """
    Decide a demand under the rule that its snapshot names.

    :raises UnknownRuleVersion: if this release has no such rule
    """
    return RULES.rule(snapshot.rule_version).clear(snapshot)


def offers(snapshot: MatchSnapshot) -> dict[str, Match]:
    """Return what the cheapest, the greenest and the nearest choice would be."""
    return RULES.rule(snapshot.rule_version).offers(snapshot)


def look(
    snapshot: MatchSnapshot, option: Option, begins_at: datetime | None = None
) -> tuple[ListingAnswer, ...]:
    """Return what each listing answers to an option, those that could serve first, by rank."""
    return RULES.rule(snapshot.rule_version).look(snapshot, option, begins_at)


def is_past(wanted: DemandTerms, *, now: datetime) -> bool:
    """Tell whether no option can begin any more."""
    return all((each.latest_start_at or each.starts_at) < now for each in wanted.options)


def keeps_place(before: DemandTerms, after: DemandTerms) -> bool:
    """
    Tell whether an amendment keeps the demand's place in the queue.

    It does where it asks for no more than before: fewer units, a shorter time, a lower limit, an
    earlier end of waiting. Whatever else changes puts the demand behind those that wait.
    """
    if len(before.options) != len(after.options) or not _ends_no_later(before, after):
        return False
    return all(map(_asks_no_more, before.options, after.options)) and _rest(before) == _rest(after)


def _rest(terms: DemandTerms) -> DemandTerms:
    return replace(terms, options=(), expires_at=None)


def _ends_no_later(before: DemandTerms, after: DemandTerms) -> bool:
    if before.expires_at is None or after.expires_at is None:
        return before.expires_at == after.expires_at
    return after.expires_at <= before.expires_at


def _asks_no_more(before: Option, after: Option) -> bool:
    same = replace(
        after,
        units_milli=before.units_milli,
        least_milli=before.least_milli,
        seconds=before.seconds,
        limit=before.limit,
    )
    divides = (before.least_milli is None) == (after.least_milli is None)
    return (
        same == before
        and divides
        and after.units_milli <= before.units_milli
        and (after.least_milli or 0) <= (before.least_milli or 0)
        and after.seconds <= before.seconds
        and _is_no_higher(before.limit, after.limit)
    )


def _is_no_higher(before: PriceLimit, after: PriceLimit) -> bool:
    return all(
        most == lower or (most is not None and lower is not None and lower <= most)
        for most, lower in (
            (before.max_price_per_standard_hour_minor, after.max_price_per_standard_hour_minor),
            (before.max_price_per_unit_hour_minor, after.max_price_per_unit_hour_minor),
            (before.max_amount_minor, after.max_amount_minor),
        )
    )
