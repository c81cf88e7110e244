"""How each listing was judged against an option: its rank, or what excluded it. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import Any, Final
from uuid import UUID

from marketplace.demands import rules
from marketplace.demands.contracts import (
    Candidate,
    ListingAnswer,
    Lot,
    Match,
    MatchSnapshot,
    Obstacle,
    Option,
    PriceLimit,
    Route,
)
from marketplace.orders.contracts import UNIT_OF_CLASS
from marketplace.orders.loads import Load
from marketplace.orders.whys import JUDGED_SHOWN, SHORT_SHOWN, Judged, Judgement, Short

HOUR_MILLI: Final = 3_600_000
Pair = tuple[Any, Any]
Told = Callable[[Option, Candidate, Mapping[str, Route]], Pair]


def _length(option: Option, it: Candidate, routes: Mapping[str, Route]) -> Pair:
    route = routes.get(it.facts.hub)
    return option.need.near_ms, None if route is None else route.latency_ms


def _least(option: Option, it: Candidate, _routes: Mapping[str, Route]) -> Pair:
    """Return which of the least the option does not meet: units and seconds, each with its step."""
    offer = it.offer
    if option.seconds < offer.least_seconds or option.seconds % offer.step_seconds:
        return {"seconds": option.seconds}, {
            "seconds": max(offer.least_seconds, offer.step_seconds)
        }
    if option.units_milli < offer.least_milli or option.units_milli % offer.step_milli:
        return {"units_milli": option.units_milli}, {
            "units_milli": max(offer.least_milli, offer.step_milli)
        }
    return None, {"amount_minor": offer.least_minor}


# What was asked for, and what is there, by the predicate that excluded a listing.
COMPARED: Final[dict[Obstacle, Told]] = {
    Obstacle.CLASS: lambda o, it, _r: (o.need.resource_class, it.offer.resource_class),
    Obstacle.UNIT: lambda o, it, _r: (
        UNIT_OF_CLASS.get(o.need.resource_class),
        it.offer.capacity_unit,
    ),
    Obstacle.FORM: lambda o, it, _r: (o.need.form, it.facts.form),
    Obstacle.CHIP: lambda o, it, _r: (list(o.need.chips), it.offer.chip),
    Obstacle.MEMORY: lambda o, it, _r: (o.need.card_memory_gb, it.facts.card_memory_gb),
    Obstacle.CARDS: lambda o, it, _r: (o.need.cards_per_node, it.facts.cards_per_node),
    Obstacle.NETWORK: lambda o, it, _r: (o.need.network_gbps, it.facts.network_gbps),
    Obstacle.HUB: lambda o, it, _r: (list(o.need.hubs), it.facts.hub),
    Obstacle.DISTANCE: _length,
    Obstacle.PUE: lambda o, it, _r: (o.need.pue_max, it.facts.pue),
    Obstacle.CARBON: lambda o, it, _r: (o.need.carbon_max, it.facts.carbon_g_per_kwh),
    Obstacle.LEVEL: lambda o, it, _r: (o.need.verification_min, it.facts.verification_level),
    Obstacle.QUALITY: lambda o, it, _r: (o.need.quality_min, it.facts.quality),
    Obstacle.NOT_OFFERED: lambda o, it, _r: (
        [o.starts_at, o.starts_at + timedelta(seconds=o.seconds)],
        [it.offer.available_from, it.offer.available_until],
    ),
    Obstacle.TOO_LITTLE: _least,
    Obstacle.COLLAR: lambda _o, it, _r: (
        None,
        [it.collar.low, it.collar.high] if it.collar else None,
    ),
}


def judgement(snapshot: MatchSnapshot, number: int, match: Match) -> Judgement:
    """Return how one option of a decision was judged; bounded, the chosen and the nearest first."""
    option, told = snapshot.terms.options[number], match.tried[number]
    lots = {lot.listing_id: lot for lot in match.lots} if match.option == number else {}
    begins_at = next((lot.starts_at for lot in lots.values()), None) or first_moment(
        snapshot, option
    )
    answers = rules.look(snapshot, option, begins_at)
    priced = _priced_without_limit(snapshot, option, answers, begins_at)
    routes = routes_of(snapshot, option)
    chosen = sorted(answers, key=lambda each: each.candidate.offer.listing_id not in lots)
    ranks = {id(each): rank for rank, each in enumerate(answers, start=1)}
    return Judgement(
        code="" if lots else told.code,
        considered=len(answers),
        eligible=sum(each.lot is not None for each in answers),
        barred=dict(Counter(each.bar for each in answers if each.bar)),
        judged=tuple(
            replace(
                _judged(option, each, routes, begins_at, priced),
                rank=ranks[id(each)] if each.lot else None,
                taken_milli=_taken(lots.get(each.candidate.offer.listing_id)),
            )
            for each in chosen[:JUDGED_SHOWN]
        ),
    )


def _taken(lot: Lot | None) -> int:
    return 0 if lot is None else lot.units_milli


def first_moment(snapshot: MatchSnapshot, option: Option) -> datetime:
    """Return the first moment at which an option could begin."""
    at = snapshot.at.replace(microsecond=0)
    return max(option.starts_at, at if at == snapshot.at else at + timedelta(seconds=1))


def routes_of(snapshot: MatchSnapshot, option: Option) -> dict[str, Route]:
    """Return the paths from the place that an option names, by their other end."""
    return {
        route.to_hub: route for route in snapshot.routes if route.from_hub == option.need.near_hub
    }


def _priced_without_limit(
    snapshot: MatchSnapshot, option: Option, answers: Sequence[ListingAnswer], begins_at: datetime
) -> dict[UUID, Lot]:
    """Return what the listings that cost too much would have cost."""
    if not any(each.bar == Obstacle.LIMIT for each in answers):
        return {}
    free = rules.look(snapshot, replace(option, limit=PriceLimit()), begins_at)
    return {each.candidate.offer.listing_id: each.lot for each in free if each.lot is not None}


def _judged(
    option: Option,
    answered: ListingAnswer,
    routes: Mapping[str, Route],
    begins_at: datetime,
    priced: Mapping[UUID, Lot],
) -> Judged:
    offer = answered.candidate.offer
    lot = answered.lot or (priced.get(offer.listing_id) if answered.bar == Obstacle.LIMIT else None)
    asked, there = _compared(option, answered, routes, begins_at, lot)
    return Judged(
        listing_id=offer.listing_id,
        provider_id=offer.provider_id,
        code=answered.bar,
        amount_minor=None if lot is None else lot.amount_minor,
        starts_at=None if lot is None else lot.starts_at,
        asked=asked,
        there=there,
        short=_short(option, answered, begins_at),
    )


def _compared(
    option: Option,
    answered: ListingAnswer,
    routes: Mapping[str, Route],
    begins_at: datetime,
    lot: Lot | None,
) -> Pair:
    if not answered.bar:
        return None, None
    bar = Obstacle(answered.bar)
    if bar == Obstacle.LIMIT and lot is not None:
        return limit_figures(option.limit), limit_figures(
            needed(option, answered.candidate, lot) or PriceLimit()
        )
    if bar == Obstacle.NO_ROOM:
        ends_at = begins_at + timedelta(seconds=option.seconds)
        return option.units_milli, Load(answered.candidate.offer).free(begins_at, ends_at)
    told = COMPARED.get(bar)
    return (None, None) if told is None else told(option, answered.candidate, routes)


def limit_figures(limit: PriceLimit) -> dict[str, int]:
    """Return the limits that are set, by their names."""
    values = {name: getattr(limit, name) for name in limit.__dataclass_fields__}
    return {name: value for name, value in values.items() if value is not None}


def needed(option: Option, candidate: Candidate, lot: Lot) -> PriceLimit | None:
    """Return the lowest limits, of the kinds that were set, that a lot does not exceed."""
    limit, hours = option.limit, Fraction(lot.units_milli * option.seconds, HOUR_MILLI)
    factor = candidate.offer.factor
    if limit.max_price_per_standard_hour_minor is not None and not factor:
        return None
    return PriceLimit(
        max_amount_minor=None if limit.max_amount_minor is None else lot.amount_minor,
        max_price_per_unit_hour_minor=(
            None if limit.max_price_per_unit_hour_minor is None else -(-lot.amount_minor // hours)
        ),
        max_price_per_standard_hour_minor=(
            None
            if limit.max_price_per_standard_hour_minor is None
            else -(-lot.amount_minor // (hours * Fraction(factor or 1)))
        ),
    )


def _short(option: Option, answered: ListingAnswer, begins_at: datetime) -> tuple[Short, ...]:
    if answered.bar != Obstacle.NO_ROOM:
        return ()
    ends_at = begins_at + timedelta(seconds=option.seconds)
    short = Load(answered.candidate.offer).short(begins_at, ends_at, option.units_milli)
    return tuple(Short(*each) for each in islice(short, SHORT_SHOWN))
