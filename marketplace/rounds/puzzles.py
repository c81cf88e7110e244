"""A round's supply and orders as the figures that decide it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final
from uuid import UUID

from marketplace.orders.contracts import Collar, Offer
from marketplace.orders.loads import Load
from marketplace.rounds.contracts import SLOT, STARTS_MAX, OrderTerms, RoundOption, RoundTerms
from marketplace.rounds.packing import AskedOrder, Bin, BinChoice
from pricing.contracts import RateCard, RateUnit

FACTOR_SCALE: Final = 1_000  # of what an answer is worth; money is computed from the factor itself
FEN: Final = 100


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
    charges by what time has no figure for.
    """
    if card.terms is not None:
        return None  # Its price follows the time of use, which a call round does not know yet.
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
    """Return what a listing has in each hour of the window; nothing if it cannot sell in it."""
    offer = supply.offer
    if offer.factor is None or not offer.is_open or not offer.is_sold_unnamed:
        return None
    ask = asks(supply.card, offer.factor)
    if ask is None:
        return None
    load = Load(offer)
    free = tuple(_free(load, offer, at) for at in slots(terms))
    if not any(free):
        return None
    collar = supply.collar
    return Bin(
        free=free,
        ask=ask,
        factor=max(int(offer.factor * FACTOR_SCALE), 1),
        least=offer.least_milli,
        step=offer.step_milli,
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
    barred: frozenset[UUID],
) -> AskedOrder:
    """Return an order as figures; `barred` are the providers it may not trade with."""
    choices: list[BinChoice] = []
    for rank, option in enumerate(terms.options):
        bins = tuple(
            number
            for number, each in enumerate(supply)
            if each.offer.provider_id not in barred and serves(each, option)
        )
        choices += _choices(option, within, rank, sets.place(bins))
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


def _choices(option: RoundOption, within: RoundTerms, rank: int, where: int) -> Iterator[BinChoice]:
    for start in starts(option):
        first = (start - within.delivers_from) // SLOT
        yield BinChoice(
            where=where,
            first=first,
            last=first + option.hours,
            most=option.units_milli,
            least=option.units_milli if option.least_milli is None else option.least_milli,
            scale=option.hours,
            rank=rank,
            is_spread=option.may_span or option.least_milli is not None,
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
            "ask": bin_.ask,
            "factor": bin_.factor,
            "free": list(bin_.free),
        }
        for each, bin_ in zip(supply, bins, strict=True)
    ]
