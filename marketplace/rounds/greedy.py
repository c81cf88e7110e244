"""Serving orders by turn: each takes the first of its choices for which there is room. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from marketplace.rounds.packing import (
    NEVER,
    PARTS_MAX,
    AskedOrder,
    BinChoice,
    Placed,
    Puzzle,
    ask_of,
    members_of,
)

Integers = npt.NDArray[np.int64]
NOBODY: Final[Integers] = np.zeros(0, dtype=np.int64)


class Room:
    """What is left of every bin, and who may take of it at a price."""

    def __init__(self, puzzle: Puzzle, price: int | None) -> None:
        self.puzzle = puzzle
        self.price = price
        self.free: Integers = np.asarray([each.free for each in puzzle.bins], dtype=np.int64)
        if not puzzle.bins:
            self.free = np.zeros((0, 1), dtype=np.int64)
        self._whole = np.maximum(self.free, 1).astype(np.float64)
        self.factor = _column(each.factor for each in puzzle.bins)
        self.least = _column(each.least for each in puzzle.bins)
        self.step = _column(each.step for each in puzzle.bins)
        self._is_by_choice = any(each.asks for each in puzzle.bins)
        self._asks: dict[int, Integers] = {}
        self._sells: dict[int, npt.NDArray[np.bool_]] = {}
        self._sets: dict[tuple[int, int, int], Integers] = {}

    def asks(self, choice: BinChoice) -> Integers:
        """Return what each bin asks for a choice."""
        place = choice.priced if self._is_by_choice else 0
        if place not in self._asks:
            self._asks[place] = _column(ask_of(each, choice) for each in self.puzzle.bins)
        return self._asks[place]

    def bins(self, choice: BinChoice) -> Integers:
        """
        Return the bins that may serve a choice at the price, those that ask least first.

        Who bids less than the price is served where its group's price is within its limit.
        """
        place = choice.priced if self._is_by_choice else 0
        own = choice.limit if self._is_below(choice.limit) and choice.limit else 0
        key = choice.where, place, own
        if key not in self._sets:
            asks = self.asks(choice)
            if place not in self._sells:
                pairs = zip(self.puzzle.bins, asks.tolist(), strict=True)
                sells = [_sells(bin_, ask, self.price) for bin_, ask in pairs]
                self._sells[place] = np.asarray(sells, dtype=bool)
            places: Sequence[int] = self.puzzle.sets[choice.where]
            if own:
                members = set(members_of(self.puzzle, choice))
                places = [each for each in places if each in members and asks[each] <= own]
            self._sets[key] = _sorted(places, self._sells[place], asks)
        return self._sets[key]

    def may_serve(self, order: AskedOrder) -> bool:
        """Tell whether an order bids enough: for the price, or for its buyer's group's."""
        return not self._is_below(order.limit) or any(
            choice.limit and self.bins(choice).size for choice in order.choices
        )

    def _is_below(self, limit: int) -> bool:
        return self.price is not None and limit < self.price

    def fits(self, choice: BinChoice, bins: Integers) -> Integers:
        """Return how many units of a choice fit into each of some bins."""
        window = self.free[bins, choice.first : choice.last]
        if choice.each:
            each = np.asarray(choice.each, dtype=np.int64)
            window = np.where(each > 0, window // np.maximum(each, 1), np.iinfo(np.int64).max)
        units: Integers = window.min(axis=1) if window.size else NOBODY
        return units

    def find(self, order: AskedOrder) -> tuple[int, tuple[tuple[int, int], ...]] | None:
        """Return the first choice of an order for which there is room, and of which bins."""
        for number, choice in enumerate(order.choices):
            bins = self.bins(choice)
            if bins.size:
                parts = self.spread(choice, bins) if choice.is_spread else self._one(choice, bins)
                if parts:
                    return number, parts
        return None

    def take(self, choice: BinChoice, parts: Iterable[tuple[int, int]], sign: int = -1) -> None:
        """Take room, or give it back."""
        for bin_, units in parts:
            each = np.asarray(choice.each, dtype=np.int64) if choice.each else 1
            self.free[bin_, choice.first : choice.last] += sign * units * each

    def _one(self, choice: BinChoice, bins: Integers) -> tuple[tuple[int, int], ...]:
        """Return the bin that asks least; of equal ones that which is left with least room."""
        units = choice.most
        fits = self.fits(choice, bins) >= units
        fits &= (self.least[bins] <= units) & (units % self.step[bins] == 0)
        found = bins[fits]
        if not found.size:
            return ()
        asks = self.asks(choice)
        cheap = found[asks[found] == asks[found[0]]]
        if cheap.size > 1:
            window = self.free[cheap, choice.first : choice.last]
            # Columns of unlike kinds are compared by what is left of the whole of each.
            whole = self._whole[cheap, choice.first : choice.last] if choice.each else 1
            rest = (window / whole if choice.each else window).sum(axis=1)
            return ((int(cheap[int(np.argmin(rest))]), units),)
        return ((int(cheap[0]), units),)

    def spread(self, choice: BinChoice, bins: Integers) -> tuple[tuple[int, int], ...]:
        """Return as much as there is, up to the most, of a few bins; the cheapest first."""
        fits = self.fits(choice, bins)
        left, parts = choice.most, list[tuple[int, int]]()
        for place in np.lexsort((-fits, self.asks(choice)[bins])):
            bin_ = int(bins[place])
            units = min(int(fits[place]), left)
            units -= units % int(self.step[bin_])
            if units >= int(self.least[bin_]) and units > 0:
                parts.append((bin_, units))
                left -= units
            if not left or len(parts) == PARTS_MAX:
                break
        return tuple(parts) if choice.most - left >= choice.least else ()


def serve(room: Room, orders: Iterable[int] | None = None) -> list[Placed]:
    """Serve orders by turn, all of them or some; what one takes the next no longer finds."""
    placed = []
    every = room.puzzle.orders
    for number in range(len(every)) if orders is None else orders:
        order = every[number]
        found = room.find(order) if room.may_serve(order) else None
        if found is not None:
            room.take(order.choices[found[0]], found[1])
            placed.append(Placed(number, *found))
    return placed


def fill_up(room: Room, placed: Sequence[Placed]) -> list[Placed]:
    """Give what is still free to whoever can use it: those unserved, and those served in part."""
    done = [_more(room, each) for each in placed]
    served = {each.order for each in placed}
    rest = [number for number in range(len(room.puzzle.orders)) if number not in served]
    return sorted([*done, *serve(room, rest)], key=lambda each: each.order)


def _more(room: Room, placed: Placed) -> Placed:
    choice = room.puzzle.orders[placed.order].choices[placed.choice]
    if not choice.is_spread or placed.units >= choice.most:
        return placed
    room.take(choice, placed.parts, sign=1)
    again = room.spread(choice, room.bins(choice))
    better = Placed(placed.order, placed.choice, again)
    chosen = better if better.units > placed.units else placed
    room.take(choice, chosen.parts)
    return chosen


def short(room: Room, placed: Sequence[Placed]) -> Iterator[int]:
    """Yield the divisible orders that bid more than the price and go without some of their most."""
    got = {each.order: each for each in placed}
    for number, order in enumerate(room.puzzle.orders):
        if order.is_divisible and room.price is not None and order.limit > room.price:
            most = max(choice.most for choice in order.choices)
            if number not in got or got[number].units < most:
                yield number


def _sells(bin_: Any, ask: int, price: int | None) -> bool:
    if price is None:
        return ask != NEVER
    return ask <= price and bin_.low <= price and (bin_.high is None or price <= bin_.high)


def _sorted(places: Sequence[int], sells: npt.NDArray[np.bool_], ask: Integers) -> Integers:
    bins = np.asarray([each for each in places if sells[each]], dtype=np.int64)
    return bins[np.argsort(ask[bins], kind="stable")] if bins.size else bins


def _column(figures: Iterable[int]) -> Integers:
    return np.fromiter(figures, dtype=np.int64)
