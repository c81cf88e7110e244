"""
Who is cheapest for an amount, without pricing every plan for every order. Pure.

Plans lie sorted by their floors in an octave of amounts. A plan is priced when its floor is
reached and comes out once no floor below its price is left: what a round costs follows the plans
that orders reach, not the plans on offer.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final
from uuid import UUID

from marketplace.orders.curves import Curve, at_least, octave_of

Terms = tuple[UUID, Decimal | None, UUID]  # plan version, factor, rule version


class PriceIndex:
    """Some terms by what they ask, cheapest first; equal prices by the terms' own text."""

    def __init__(self, curves: Mapping[Terms, Curve]) -> None:
        same: dict[Curve, list[tuple[str, Terms]]] = {}
        for terms, curve in curves.items():
            same.setdefault(curve, []).append((str(terms), terms))
        self._curves: Final = [(curve, sorted(named)) for curve, named in same.items()]
        self._octaves: dict[int, list[tuple[int, int]]] = {}
        self._walks: dict[int, Walk] = {}
        self.priced = 0  # how many prices were computed so far

    def walk(self, amount: int) -> "Walk":
        """Return the terms for an amount, cheapest first; what was found once is remembered."""
        if amount not in self._walks:
            self._walks[amount] = Walk(self._rising(amount))
        return self._walks[amount]

    def _rising(self, amount: int) -> Iterator[Terms]:
        waiting: list[tuple[int, str, int, int]] = []  # price, terms' text, curve, place in it
        for floor, number in self._octave(octave_of(amount)):
            yield from self._below(at_least(floor, amount), waiting)
            curve, named = self._curves[number]
            minor = curve.minor(amount)
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

    def __init__(self, rest: Iterator[Terms]) -> None:
        self._rest = rest
        self._found: list[Terms] = []

    def __iter__(self) -> Iterator[Terms]:
        """Return all terms from the cheapest on; several may walk at once."""
        place = 0
        while place < len(self._found) or self._find():
            yield self._found[place]
            place += 1

    def _find(self) -> bool:
        for terms in self._rest:
            self._found.append(terms)
            return True
        return False
