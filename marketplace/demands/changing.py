"""
The smallest changes that would have filled a demand, each proven by the rule on its input. Pure.

One thing is changed at a time: the limit, the start, the hubs, the quantity, whether it may be
split, and each facet of the need.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from marketplace.demands import rules
from marketplace.demands import terms as demand_terms
from marketplace.demands.contracts import (
    KNOWN_AHEAD,
    Candidate,
    Match,
    MatchSnapshot,
    Need,
    Obstacle,
    Option,
    PriceLimit,
    Route,
)
from marketplace.demands.judging import first_moment, limit_figures, needed, routes_of
from marketplace.orders.whys import CHANGES_SHOWN, SmallChange, SmallChangeKind

DEMANDS: Final = "/api/v1/demands"
Made = tuple[SmallChangeKind, Option, Any, Any]
Facet = Callable[[Need, Sequence[Candidate], dict[str, Route]], Any]


def changes(snapshot: MatchSnapshot, *, is_now: bool) -> tuple[SmallChange, ...]:
    """
    Return what would have filled a demand, one thing changed; of each kind the preferred option's.

    They come in the order of `SmallChangeKind`: what is asked of a market first, then the facets.
    """
    found: dict[SmallChangeKind, SmallChange] = {}
    for number, option in enumerate(snapshot.terms.options):
        for made in _made(snapshot, option):
            match = None if made[0] in found else tried(snapshot, made[1])
            if match is None:
                continue
            found[made[0]] = _change(snapshot, made, match, number, is_now=is_now)
            if made[0] == SmallChangeKind.AGAIN:
                return (found[SmallChangeKind.AGAIN],)
    order = list(SmallChangeKind)
    return tuple(sorted(found.values(), key=lambda each: order.index(each.kind))[:CHANGES_SHOWN])


def tried(snapshot: MatchSnapshot, option: Option) -> Match | None:
    """Return how the rule fills one option alone on the same input; nothing if it does not."""
    match = rules.clear(with_option(snapshot, option))
    return match if match.lots else None


def with_option(snapshot: MatchSnapshot, option: Option) -> MatchSnapshot:
    """Return a snapshot of which the demand asks for one option alone."""
    terms = replace(snapshot.terms, options=(option,), at_market_price=not option.limit.is_set)
    return replace(snapshot, terms=terms)


def _change(
    snapshot: MatchSnapshot, made: Made, match: Match, number: int, *, is_now: bool
) -> SmallChange:
    kind, option, before, value = made
    return SmallChange(
        kind=kind,
        is_now=is_now,
        option=number,
        units_milli=sum(lot.units_milli for lot in match.lots),
        starts_at=match.lots[0].starts_at,
        amount_minor=sum(lot.amount_minor for lot in match.lots),
        value=value,
        before=before,
        listings=tuple(lot.listing_id for lot in match.lots),
        path=DEMANDS,
        body=demand_terms.document_of(with_option(snapshot, option).terms),
    )


def _made(snapshot: MatchSnapshot, option: Option) -> Iterator[Made]:
    """Yield changes of an option that may fill it."""
    yield SmallChangeKind.AGAIN, option, None, None
    yield from _dearer(snapshot, option)
    yield from _later(snapshot, option)
    yield from _facets(snapshot, option)
    yield from _smaller(snapshot, option)
    if option.least_milli is None:
        split = replace(option, least_milli=option.units_milli)
        yield SmallChangeKind.SPLIT, split, None, option.units_milli


# --- The limit ----------------------------------------------------------------------------------
def _dearer(snapshot: MatchSnapshot, option: Option) -> Iterator[Made]:
    """Yield the option at the lowest limit at which something serves."""
    if not option.limit.is_set:
        return
    free = replace(option, limit=PriceLimit())
    raised = _of_parts(snapshot, option, free) if option.least_milli else None
    if raised is None:
        asked = [
            needed(option, each.candidate, each.lot)
            for each in rules.look(snapshot, free, first_moment(snapshot, option))
            if each.lot is not None
        ]
        found = [each for each in asked if each is not None]
        raised = min(found, key=lambda each: tuple(limit_figures(each).values()), default=None)
    if raised is not None:
        limit = _no_lower(option.limit, raised)
        yield (
            SmallChangeKind.PRICE,
            replace(option, limit=limit),
            limit_figures(option.limit),
            limit_figures(limit),
        )


def _of_parts(snapshot: MatchSnapshot, option: Option, free: Option) -> PriceLimit | None:
    """Return the limits at which all parts of a divisible option are within them."""
    match = tried(snapshot, free)
    if match is None:
        return None
    by_id = {each.offer.listing_id: each for each in snapshot.candidates}
    asked = [needed(option, by_id[lot.listing_id], lot) for lot in match.lots]
    if any(each is None for each in asked):
        return None
    most = {
        name: max(limit_figures(each)[name] for each in asked if each)
        for name in limit_figures(option.limit)
    }
    if "max_amount_minor" in most:
        most["max_amount_minor"] = sum(lot.amount_minor for lot in match.lots)
    return PriceLimit(**most)


def _no_lower(before: PriceLimit, raised: PriceLimit) -> PriceLimit:
    now = limit_figures(raised)
    return PriceLimit(
        **{name: max(most, now[name]) for name, most in limit_figures(before).items()}
    )


# --- The start ----------------------------------------------------------------------------------
def _later(snapshot: MatchSnapshot, option: Option) -> Iterator[Made]:
    """Yield the option at the first later start at which something serves, as far as is known."""
    latest = option.latest_start_at or option.starts_at
    horizon = max(latest, snapshot.at) + KNOWN_AHEAD
    if snapshot.known_until is None:
        return
    horizon = min(horizon, snapshot.known_until - timedelta(seconds=option.seconds))
    if horizon <= latest:
        return
    match = tried(snapshot, replace(option, latest_start_at=horizon.replace(microsecond=0)))
    if match is not None and match.lots[0].starts_at > latest:
        starts_at = match.lots[0].starts_at
        changed = replace(option, starts_at=starts_at, latest_start_at=None)
        yield SmallChangeKind.START, changed, option.starts_at, starts_at


# --- The quantity -------------------------------------------------------------------------------
def _smaller(snapshot: MatchSnapshot, option: Option) -> Iterator[Made]:
    """Yield the largest smaller amount that one listing, or the parts together, would have had."""
    pieces = replace(option, least_milli=1)
    if option.least_milli is not None:
        match = tried(snapshot, pieces)
        if match is not None:
            total = sum(lot.units_milli for lot in match.lots)
            yield (
                SmallChangeKind.QUANTITY,
                replace(option, least_milli=total),
                option.least_milli,
                total,
            )
        return
    lots = [
        each.lot
        for each in rules.look(snapshot, pieces, first_moment(snapshot, option))
        if each.lot
    ]
    for milli in sorted({lot.units_milli for lot in lots}, reverse=True)[:CHANGES_SHOWN]:
        if milli < option.units_milli:
            yield (
                SmallChangeKind.QUANTITY,
                replace(option, units_milli=milli),
                option.units_milli,
                milli,
            )
    for milli in sorted(_least(snapshot, option)):
        yield (
            SmallChangeKind.QUANTITY,
            replace(option, units_milli=milli),
            option.units_milli,
            milli,
        )


def _least(snapshot: MatchSnapshot, option: Option) -> set[int]:
    """Return the least amounts of the listings for which the option is too small."""
    too_small = (
        each.candidate.offer
        for each in rules.look(snapshot, option, None)
        if each.bar == Obstacle.TOO_LITTLE
    )
    firsts = (
        -(-max(it.least_milli, option.units_milli) // it.step_milli) * it.step_milli
        for it in too_small
    )
    return {milli for milli in firsts if milli > option.units_milli}


# --- The facets of the need ---------------------------------------------------------------------
def _lowest(name: str) -> Facet:
    def facet(_need: Need, found: Sequence[Candidate], _routes: dict[str, Route]) -> Any:
        values = [getattr(each.facts, name) for each in found]
        return None if None in values else min(values)

    return facet


def _highest(name: str) -> Facet:
    def facet(_need: Need, found: Sequence[Candidate], _routes: dict[str, Route]) -> Any:
        values = [getattr(each.facts, name) for each in found]
        return None if None in values else max(values)

    return facet


def _farthest(_need: Need, found: Sequence[Candidate], routes: dict[str, Route]) -> Any:
    paths = [routes.get(each.facts.hub) for each in found]
    return None if None in paths else max(path.latency_ms for path in paths if path)


# What the facet says in the end, of the listings that serve once nobody asks for it.
FACETS: Final[dict[SmallChangeKind, Facet]] = {
    SmallChangeKind.HUB: lambda need, found, _routes: tuple(
        sorted({*need.hubs, *(each.facts.hub for each in found)})
    ),
    SmallChangeKind.CHIP: lambda need, found, _routes: tuple(
        sorted({*need.chips, *(each.offer.chip for each in found)})
    ),
    SmallChangeKind.FORM: lambda _need, found, _routes: (
        found[0].facts.form if len(found) == 1 else ""
    ),
    SmallChangeKind.MEMORY: _lowest("card_memory_gb"),
    SmallChangeKind.CARDS: _lowest("cards_per_node"),
    SmallChangeKind.NETWORK: _lowest("network_gbps"),
    SmallChangeKind.DISTANCE: _farthest,
    SmallChangeKind.PUE: _highest("pue"),
    SmallChangeKind.CARBON: _highest("carbon_g_per_kwh"),
    SmallChangeKind.LEVEL: _lowest("verification_level"),
    SmallChangeKind.QUALITY: _lowest("quality"),
}
NOTHING: Final[dict[SmallChangeKind, Any]] = {
    SmallChangeKind.HUB: (),
    SmallChangeKind.CHIP: (),
    SmallChangeKind.FORM: "",
}


def _facets(snapshot: MatchSnapshot, option: Option) -> Iterator[Made]:
    """Yield the option with one facet of its need as far wider as it takes."""
    by_id = {each.offer.listing_id: each for each in snapshot.candidates}
    for kind, facet in FACETS.items():
        before, nothing = getattr(option.need, kind), NOTHING.get(kind)
        if before == nothing:
            continue
        match = tried(snapshot, _needing(option, kind, nothing))
        if match is None:
            continue
        found = [by_id[lot.listing_id] for lot in match.lots]
        value = facet(option.need, found, routes_of(snapshot, option))
        yield kind, _needing(option, kind, value), before, value


def _needing(option: Option, kind: SmallChangeKind, value: Any) -> Option:
    facet: dict[str, Any] = {str(kind): value}
    return replace(option, need=replace(option.need, **facet))
