"""
What plans that say terms ask for orders of a round: each rated as a whole, by its own rule. Pure.

The ask for a choice is what the plan comes to for all of it, by its hours, its amount, the time of
day and the facts of the resource, divided by its standard hours and rounded up to the fen. A round
pays its price for every standard hour, so for an order that is used whole no provider gets less
than its plan says. Where several listings may share an order nobody knows how much each takes: then
the dearest part counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import cache, partial
from math import ceil
from typing import Final, NamedTuple

from marketplace.orders import rules as orders_rules
from marketplace.orders.contracts import Offer
from marketplace.rounds.contracts import SLOT
from marketplace.rounds.packing import NEVER, Bin
from pricing.contracts import InvalidQuantity, NotMeasured, RateCard

PART_SHARE: Final = 16  # parts up to a sixteenth larger are rated as the largest of them
RATED_MAX: Final = 20_000  # of a round; what comes later is served by plans without terms
HOUR: Final = 3600
Asked = Callable[[int, int, int], int | None]  # hours from and until, units: minor units in all


class PricedFor(NamedTuple):
    """What plans are asked: hours of the window, amount, and whether several may share it."""

    first: int
    last: int
    least: int
    most: int
    is_spread: bool
    groups: tuple[tuple[int, str], ...] = ()  # bins whose provider's price group its buyer is in


class PricedAs:
    """What plans with terms are asked in a round, each once, by their places."""

    def __init__(self) -> None:
        self._places: dict[PricedFor, int] = {}

    def place(self, priced: PricedFor) -> int:
        """Return the place of what is asked."""
        return self._places.setdefault(priced, len(self._places))

    @property
    def all(self) -> tuple[PricedFor, ...]:
        """Return what is asked by their places."""
        return tuple(self._places)


def with_asks(
    offers: Sequence[tuple[Offer, RateCard]],
    bins: Sequence[Bin],
    priced: Sequence[PricedFor],
    *,
    begins: datetime,
) -> tuple[Bin, ...]:
    """Return bins with what each asks for each thing that is priced; those of one ask as are."""
    room = iter(range(RATED_MAX))
    return tuple(
        bin_
        if card.terms is None
        else _asking(number, offer, _asked(offer, card, begins, room), bin_, priced)
        for number, ((offer, card), bin_) in enumerate(zip(offers, bins, strict=True))
    )


def _asking(
    number: int,
    offer: Offer,
    asked: Callable[..., int | None],
    bin_: Bin,
    priced: Sequence[PricedFor],
) -> Bin:
    factor = Fraction(offer.factor or 1)
    asks = tuple(
        _ask(partial(asked, group=dict(each.groups).get(number, "")), factor, bin_, each)
        for each in priced
    )
    lists = [ask for ask, each in zip(asks, priced, strict=True) if not each.groups]
    return replace(bin_, asks=asks, ask=min(lists, default=NEVER))


def _asked(
    offer: Offer, card: RateCard, begins: datetime, room: Iterator[int]
) -> Callable[..., int | None]:
    """Return the function that rates, while there is room to rate."""

    @cache
    def amount(first: int, last: int, units: int, *, group: str = "") -> int | None:
        if next(room, None) is None:
            return None
        try:
            lines = orders_rules.price(
                card,
                units_milli=units,
                seconds=(last - first) * HOUR,
                factor=offer.factor,
                rule_version_id=offer.rule_version_id,
                starts_at=begins + first * SLOT,
                facts=(*offer.facts, ("group", group)) if group else offer.facts,
            )
        except (NotMeasured, InvalidQuantity):
            return None
        return sum(line.amount_minor for line in lines)

    return amount


def _ask(asked: Asked, factor: Fraction, bin_: Bin, priced: PricedFor) -> int:
    """Return what is asked by the standard hour, at most, in fen."""
    dearest = -1
    for fewest, units in parts_of(bin_, priced):
        minor = asked(priced.first, priced.last, units)
        if minor is None:
            return NEVER
        hours = Fraction(fewest * (priced.last - priced.first), 1000) * factor
        dearest = max(dearest, ceil(minor / hours))
    return NEVER if dearest < 0 else min(dearest, NEVER)


def parts_of(bin_: Bin, priced: PricedFor) -> Iterator[tuple[int, int]]:
    """
    Yield the parts that a listing may sell: the least and the most units that a rating stands for.

    A plan asks no less for more, so the price of the most bounds what any between them costs.
    """
    if not priced.is_spread:
        if priced.most >= bin_.least and priced.most % bin_.step == 0:
            yield priced.most, priced.most
        return
    free = min(bin_.free[priced.first : priced.last], default=0)
    low = -(-max(bin_.least, 1) // bin_.step)
    high = min(priced.most, free) // bin_.step
    before = low - 1
    while before < high:
        after = min(max(before + 1, before + before // PART_SHARE), high)
        yield (before + 1) * bin_.step, after * bin_.step
        before = after
