"""
Who is cheapest for an amount, without pricing every plan for every order. Pure.

Plans lie sorted by their floors in an octave of amounts. A plan is priced when its floor is
reached and comes out once no floor below its price is left: what a round costs follows the plans
that orders reach, not the plans on offer.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final
from uuid import UUID

from marketplace.orders.curves import Curve, at_least, octave_of
from marketplace.orders.timed_curves import OrderedTime, TimedCurve
from pricing.contracts import RateCard

INDEXES_MAX: Final = 32
WALKS_MAX: Final = 10_000
# Plan version, factor, rule version; and the facts that factors of a plan ask, where it has any.
Terms = (
    tuple[UUID, Decimal | None, UUID]
    | tuple[UUID, Decimal | None, UUID, tuple[tuple[str, str], ...]]
)
PricedCurve = Curve | TimedCurve


class PriceIndex:
    """Some terms by what they ask, cheapest first; equal prices by the terms' own text."""

    def __init__(self, curves: Mapping[Terms, PricedCurve]) -> None:
        same: dict[PricedCurve, list[tuple[str, Terms]]] = {}
        for terms, curve in curves.items():
            same.setdefault(curve, []).append((str(terms), terms))
        self._curves: Final = [(curve, sorted(named)) for curve, named in same.items()]
        self._octaves: dict[int, list[tuple[int, int]]] = {}
        self._walks: dict[tuple[int, OrderedTime | None], Walk] = {}
        self._is_timed = any(isinstance(curve, TimedCurve) for curve in same)
        self.priced = 0  # how many prices were computed so far
        self.is_broken = False  # a walk was stopped on its way, and would seem to have ended

    def walk(self, amount: int, when: OrderedTime | None = None) -> "Walk":
        """
        Return the terms for an amount, cheapest first; what was found once is remembered.

        Where a plan asks for the time of use, walks of other times are others.
        """
        if len(self._walks) >= WALKS_MAX:
            self._walks.clear()
        key = (amount, when if self._is_timed else None)
        if key not in self._walks:
            self._walks[key] = Walk(self._rising(amount, when), self)
        return self._walks[key]

    def _rising(self, amount: int, when: OrderedTime | None) -> Iterator[Terms]:
        waiting: list[tuple[int, str, int, int]] = []  # price, terms' text, curve, place in it
        for floor, number in self._octave(octave_of(amount)):
            yield from self._below(at_least(floor, amount), waiting)
            curve, named = self._curves[number]
            minor = curve.minor(amount) if isinstance(curve, Curve) else curve.minor_at(when)
            self.priced += 1
            if minor is not None:
                heappush(waiting, (minor, named[0][0], number, 0))
        yield from self._below(None, waiting)

    def _below(
        self, bound: int | None, waiting: list[tuple[int, str, int, int]]
    ) -> Iterator[Terms]:
        """Take out what costs less than anything that is still to be priced."""
        while waiting and (bound is None or waiting[0][0] < bound):
            minor, _text, number, place = heappop(waiting)
            named = self._curves[number][1]
            if place + 1 < len(named):
                heappush(waiting, (minor, named[place + 1][0], number, place + 1))
            yield named[place][1]

    def _octave(self, octave: int) -> list[tuple[int, int]]:
        if octave not in self._octaves:
            self._octaves[octave] = sorted(
                (curve.floor(octave), number) for number, (curve, _named) in enumerate(self._curves)
            )
        return self._octaves[octave]


class Walk:
    """The terms for one amount, found as far as somebody asked."""

    def __init__(self, rest: Iterator[Terms], index: PriceIndex) -> None:
        self._rest = rest
        self._index = index
        self._found: list[Terms] = []

    def __iter__(self) -> Iterator[Terms]:
        """Return all terms from the cheapest on; several may walk at once."""
        place = 0
        while place < len(self._found) or self._find():
            yield self._found[place]
            place += 1

    def _find(self) -> bool:
        try:
            self._found.append(next(self._rest))
        except StopIteration:
            return False
        except BaseException:  # A time limit may strike anywhere.
            self._index.is_broken = True
            raise
        return True


class KeptIndexes(threading.local):
    """
    Indexes of the last rounds: a worker that keeps a book's cards need not price them again.

    An index follows from the cards and the terms that are on offer. Cards are known again by being
    the same object, terms by being equal.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[
            tuple[int, tuple[str, ...]], tuple[Sequence[RateCard], frozenset[Terms], PriceIndex]
        ] = OrderedDict()

    def of(
        self,
        cards: Sequence[RateCard],
        chips: tuple[str, ...],
        terms: KeysView[Terms],
        curve_of: Callable[[Terms], PricedCurve | None],
    ) -> PriceIndex:
        """Return the index of some terms; what has no curve does not come up in it."""
        found = self._kept.pop((id(cards), chips), None)
        if found is None or found[0] is not cards or found[1] != terms or found[2].is_broken:
            curves = {each: curve_of(each) for each in terms}
            index = PriceIndex({each: curve for each, curve in curves.items() if curve})
            found = (cards, frozenset(terms), index)
        self._kept[id(cards), chips] = found
        if len(self._kept) > INDEXES_MAX:
            self._kept.popitem(last=False)
        return found[2]


KEPT: Final = KeptIndexes()
