"""What a listing must be to serve an option: the predicates of `clear-2`, in their order. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from marketplace.catalog.collar import is_within
from marketplace.demands.contracts import Candidate, MatchSnapshot, Need, Obstacle, Option, Route
from marketplace.orders.contracts import Offer

Fails = Callable[[Need, Candidate, Mapping[str, Route]], bool]
HOUR: Final = 3600


def _below(least: int | None, value: int | None) -> bool:
    return least is not None and (value is None or value < least)


def _above(most: Decimal | int | None, value: Decimal | int | None) -> bool:
    return most is not None and (value is None or value > most)


def _too_far(need: Need, candidate: Candidate, routes: Mapping[str, Route]) -> bool:
    route = routes.get(candidate.facts.hub)
    return _above(need.near_ms, None if route is None else route.latency_ms)


def _left_out(need: Need, candidate: Candidate, _routes: Mapping[str, Route]) -> bool:
    provider_id = candidate.offer.provider_id
    return provider_id in need.never or bool(need.only and provider_id not in need.only)


PREDICATES: Final[tuple[tuple[Obstacle, Fails], ...]] = (
    (Obstacle.CLOSED, lambda _need, it, _routes: not it.offer.is_open),
    (Obstacle.CLASS, lambda need, it, _routes: it.offer.resource_class != need.resource_class),
    (Obstacle.UNIT, lambda _need, it, _routes: not it.offer.is_sold_unnamed),
    (Obstacle.FORM, lambda need, it, _routes: bool(need.form and it.facts.form != need.form)),
    (Obstacle.CHIP, lambda need, it, _routes: bool(need.chips and it.offer.chip not in need.chips)),
    (
        Obstacle.MEMORY,
        lambda need, it, _routes: _below(need.card_memory_gb, it.facts.card_memory_gb),
    ),
    (
        Obstacle.CARDS,
        lambda need, it, _routes: _below(need.cards_per_node, it.facts.cards_per_node),
    ),
    (Obstacle.NETWORK, lambda need, it, _routes: _below(need.network_gbps, it.facts.network_gbps)),
    (Obstacle.HUB, lambda need, it, _routes: bool(need.hubs and it.facts.hub not in need.hubs)),
    (Obstacle.DISTANCE, _too_far),
    (Obstacle.PUE, lambda need, it, _routes: _above(need.pue_max, it.facts.pue)),
    (Obstacle.CARBON, lambda need, it, _routes: _above(need.carbon_max, it.facts.carbon_g_per_kwh)),
    (
        Obstacle.LEVEL,
        lambda need, it, _routes: _below(need.verification_min, it.facts.verification_level),
    ),
    (Obstacle.QUALITY, lambda need, it, _routes: _below(need.quality_min, it.facts.quality)),
    (Obstacle.PROVIDER, _left_out),
)


def why_not(
    snapshot: MatchSnapshot, option: Option, candidate: Candidate, routes: Mapping[str, Route]
) -> Obstacle | None:
    """Return the first predicate that a listing fails, whenever the option begins."""
    for bar, fails in PREDICATES:
        if fails(option.need, candidate, routes):
            return bar
    return Obstacle.RELATED if candidate.offer.provider_id in snapshot.barred else None


def why_not_then(
    offer: Offer, starts_at: datetime, ends_at: datetime, milli: int, seconds: int
) -> Obstacle | None:
    """Return why a listing cannot serve so much in a period, whatever of it is free."""
    if starts_at < offer.available_from:
        return Obstacle.NOT_OFFERED
    if offer.available_until is not None and ends_at > offer.available_until:
        return Obstacle.NOT_OFFERED
    is_off = milli % offer.step_milli or seconds % offer.step_seconds
    if milli < max(1, offer.least_milli) or seconds < offer.least_seconds or is_off:
        return Obstacle.TOO_LITTLE
    return None


def why_price_not_allowed(
    option: Option, candidate: Candidate, milli: int, minor: int
) -> Obstacle | None:
    """Return why the book does not allow a price; what has no standard hours is not compared."""
    factor, collar = candidate.offer.factor, candidate.collar
    if collar is None or factor is None:
        return None
    standard_hours = Fraction(milli * option.seconds, 1000 * HOUR) * Fraction(factor)
    return None if is_within(minor, standard_hours, collar) else Obstacle.COLLAR


def why_too_dear(option: Option, offer: Offer, milli: int, minor: int) -> Obstacle | None:
    """Return why a price is not to be paid: above a limit, below the least amount, or no figure."""
    limit, unit_hours = option.limit, Fraction(milli * option.seconds, 1000 * HOUR)
    if minor < offer.least_minor and minor:
        return Obstacle.TOO_LITTLE
    if limit.max_amount_minor is not None and minor > limit.max_amount_minor:
        return Obstacle.LIMIT
    most = limit.max_price_per_unit_hour_minor
    if most is not None and minor > most * unit_hours:
        return Obstacle.LIMIT
    most = limit.max_price_per_standard_hour_minor
    if most is not None and offer.factor is None:
        return Obstacle.NO_PRICE
    if most is not None and minor > most * unit_hours * Fraction(offer.factor or 0):
        return Obstacle.LIMIT
    return None
