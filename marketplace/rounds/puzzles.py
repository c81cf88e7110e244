"""A round's supply and orders as the figures that decide it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from math import lcm
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from marketplace.catalog import rules as catalog_rules
from marketplace.orders.contracts import Collar, Offer
from marketplace.orders.loads import Load
from marketplace.rounds.contracts import (
    SLOT,
    STARTS_MAX,
    OrderTerms,
    RoundOption,
    RoundTerms,
)
from marketplace.rounds.packing import NEVER, UNPRICED, AskedOrder, Bin, BinChoice
from marketplace.rounds.terms_asks import PricedAs, PricedFor
from pricing.contracts import RateCard, RateUnit

FACTOR_SCALE: Final = 1_000  # of what an answer is worth; money is computed from the factor itself
FEN: Final = 100
UNIT_MILLI: Final = 1000


@dataclass(frozen=True, slots=True)
class Supply:
    """A listing that may sell in a round."""

    offer: Offer
    hub: str
    card: RateCard
    collar: Collar | None = None


def asks(card: RateCard, factor: Decimal) -> int | None:
    """
    Return what a plan asks for a standard hour at most, in whole fen, rounded up.

    The dearest tier counts, so no provider gets less than its plan says. Nothing where the plan
    charges by what time has no figure for. Plans that say terms ask by the order (`terms_asks`).
    """
    total = Decimal(0)
    for part in card.components:
        dearest = max(tier.unit_price for tier in part.tiers)
        if part.unit == RateUnit.STANDARD_HOUR:
            total += dearest
        elif part.unit == RateUnit.UNIT_HOUR:
            total += dearest / factor
        else:
            return None
    return int((total * FEN).to_integral_value(ROUND_CEILING))


def bin_of(supply: Supply, terms: RoundTerms) -> Bin | None:
    """
    Return what a listing has in each hour of the window; nothing if it cannot sell in it.

    Of a plan that says terms whole units are sold: a part of a unit might round up to much more.
    """
    offer = supply.offer
    if offer.factor is None or not offer.is_open or not offer.is_sold_unnamed:
        return None
    by_standard = catalog_rules.headline_prices(
        supply.card, offer.factor, capacity_unit=offer.capacity_unit
    )
    if catalog_rules.round_absence(offer.factor, by_standard["price_per_standard_hour"]):
        return None
    ask = None if supply.card.terms else asks(supply.card, offer.factor)
    if ask is None and not supply.card.terms:
        return None
    load = Load(offer)
    free = tuple(_free(load, offer, at) for at in slots(terms))
    if not any(free):
        return None
    least, step = offer.least_milli, offer.step_milli
    if supply.card.terms is not None:
        step = lcm(step, UNIT_MILLI)
        least = -(-least // step) * step
    collar = supply.collar
    return Bin(
        free=free,
        ask=NEVER if ask is None else ask,
        factor=max(int(offer.factor * FACTOR_SCALE), 1),
        least=least,
        step=step,
        low=0 if collar is None else int((collar.low * FEN).to_integral_value(ROUND_CEILING)),
        high=None if collar is None else int(collar.high * FEN),
    )


def slots(terms: RoundTerms) -> Iterator[datetime]:
    """Yield the hours of a round's window."""
    at = terms.delivers_from
    while at < terms.delivers_until:
        yield at
        at += SLOT


def _free(load: Load, offer: Offer, at: datetime) -> int:
    if at < offer.available_from:
        return 0
    if offer.available_until is not None and at + SLOT > offer.available_until:
        return 0
    return max(load.free(at, at + SLOT), 0)


class Sets:
    """Sets of bins, each once, by their places."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, bins: tuple[int, ...]) -> int:
        """Return the place of a set."""
        return self._places.setdefault(bins, len(self._places))

    @property
    def all(self) -> tuple[tuple[int, ...], ...]:
        """Return the sets by their places."""
        return tuple(self._places)


def asked(
    terms: OrderTerms,
    within: RoundTerms,
    supply: Sequence[Supply],
    sets: Sets,
    *,
    priced: PricedAs,
    barred: frozenset[UUID],
    groups: Mapping[int, str] = MappingProxyType({}),
) -> AskedOrder:
    """
    Return an order as figures.

    :param barred: the providers it may not trade with
    :param groups: by the place of a listing, the price group of its provider that its buyer is in
    """
    choices: list[BinChoice] = []
    for rank, option in enumerate(terms.options):
        bins = tuple(
            number
            for number, each in enumerate(supply)
            if each.offer.provider_id not in barred and serves(each, option)
        )
        has_terms = any(supply[number].card.terms is not None for number in bins)
        own = tuple((number, groups[number]) for number in bins if number in groups)
        choices += (
            replace(each, limit=terms.limit_minor if own else 0)
            for each in _choices(
                option, within, rank, sets.place(bins), priced if has_terms else None, own
            )
        )
    return AskedOrder(
        limit=terms.limit_minor,
        choices=tuple(choices),
        is_divisible=any(each.least_milli is not None for each in terms.options),
    )


def serves(supply: Supply, option: RoundOption) -> bool:
    """Tell whether a listing is what an alternative asks for, whatever room it has."""
    offer, seconds = supply.offer, option.hours * int(SLOT.total_seconds())
    return (
        (not option.hubs or supply.hub in option.hubs)
        and (not option.chips or offer.chip in option.chips)
        and seconds >= offer.least_seconds
        and seconds % offer.step_seconds == 0
    )


def _choices(
    option: RoundOption,
    within: RoundTerms,
    rank: int,
    where: int,
    priced: PricedAs | None,
    groups: tuple[tuple[int, str], ...],
) -> Iterator[BinChoice]:
    least = option.units_milli if option.least_milli is None else option.least_milli
    is_spread = option.may_span or option.least_milli is not None
    for start in starts(option):
        first = (start - within.delivers_from) // SLOT
        listed = PricedFor(first, first + option.hours, least, option.units_milli, is_spread)
        if priced is not None:
            priced.place(listed)  # The one price follows from what everybody else is asked.
        own = listed._replace(groups=groups)
        yield BinChoice(
            where=where,
            first=first,
            last=first + option.hours,
            most=option.units_milli,
            least=least,
            scale=option.hours,
            rank=rank,
            is_spread=is_spread,
            priced=UNPRICED if priced is None else priced.place(own),
        )


def starts(option: RoundOption) -> list[datetime]:
    """Return the starts of an alternative that are looked at: of many, every so-manieth hour."""
    latest = option.latest_start_at or option.starts_at
    count = (latest - option.starts_at) // SLOT + 1
    step = -(-count // STARTS_MAX)
    return [option.starts_at + number * SLOT for number in range(0, count, step)]


def as_document(supply: Sequence[Supply], bins: Sequence[Bin]) -> list[Mapping[str, Any]]:
    """Return the listings of a round, in the order of its bins, as anybody may see them."""
    return [
        {
            "listing": str(each.offer.listing_id),
            "hub": each.hub,
            "chip": each.offer.chip,
            "plan_version": str(each.card.version_id),
            "ask": bin_.ask,
            "factor": bin_.factor,
            "free": list(bin_.free),
        }
        for each, bin_ in zip(supply, bins, strict=True)
    ]
