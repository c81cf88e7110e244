"""
How good an answer can be at all: proved by prices of room, so anybody can check it.

Whatever prices room has, nobody can get more than all room at these prices and, for each order,
what it is worth beyond them at its best choice. The prices come from a relaxed programme; that they
prove something does not depend on it.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from marketplace.rounds import milp
from marketplace.rounds.greedy import Integers, Room
from marketplace.rounds.packing import AskedOrder, BinChoice, unit_value

COLUMNS_MAX: Final = 150_000
PRICE_MAX: Final = 2**62
SAFE: Final = 1 + 1e-9  # floats may round the bound; never down
Floats = npt.NDArray[np.float64]
Alike = tuple[int, ...]


def prove(room: Room, *, seconds: float) -> tuple[int, tuple[tuple[int, ...], ...]]:
    """Return a bound of what an answer may be worth, and the prices that prove it."""
    prices = _Relaxed(room).prices(seconds=seconds)
    return evaluate(room, prices), tuple(tuple(map(int, row)) for row in prices.tolist())


def evaluate(room: Room, prices: npt.NDArray[np.int64]) -> int:
    """Return the bound that some prices of room prove; `room` is as nobody took of it."""
    sums = np.concatenate((np.zeros((len(prices), 1)), np.cumsum(prices, axis=1, dtype=float)), 1)
    total = float((room.free.astype(float) * prices).sum())
    for order, count in _alike(room):
        beyond = [_beyond(room, order, each, prices, sums) for each in order.choices]
        total += count * max(0.0, *beyond)
    return math.ceil(total * SAFE)


def by_price(room: Room, prices: Sequence[Sequence[int]]) -> list[int]:
    """Return the orders by what they are worth for what their room is worth, the best first."""
    table = np.asarray(prices, dtype=np.int64)
    sums = np.concatenate((np.zeros((len(table), 1)), np.cumsum(table, axis=1, dtype=float)), 1)
    known: dict[AskedOrder, float] = {}
    for order in room.puzzle.orders:
        if order not in known:
            known[order] = max(_ratio(room, order, each, table, sums) for each in order.choices)
    every = room.puzzle.orders
    return sorted(range(len(every)), key=lambda number: -known[every[number]])


def _ratio(
    room: Room, order: AskedOrder, choice: BinChoice, prices: npt.NDArray[np.int64], sums: Floats
) -> float:
    bins = room.bins(choice)
    if not bins.size:
        return 0.0
    asked = _asked(choice, bins, prices, sums)
    factor = room.factor[bins] * float(choice.scale * (100 - choice.rank))
    worth = factor * (order.limit - room.asks(choice)[bins])
    return float((worth / np.maximum(asked, 1.0)).max())


def _asked(
    choice: BinChoice, bins: Integers, prices: npt.NDArray[np.int64], sums: Floats
) -> Floats:
    """Return what the room of a unit of a choice is worth in each of some bins."""
    if choice.each:
        found: Floats = prices[bins, choice.first : choice.last] @ np.asarray(
            choice.each, dtype=float
        )
        return found
    spans: Floats = sums[bins, choice.last] - sums[bins, choice.first]
    return spans


def _beyond(
    room: Room, order: AskedOrder, choice: BinChoice, prices: npt.NDArray[np.int64], sums: Floats
) -> float:
    """Return what a choice is worth at most beyond the prices of the room that it takes."""
    bins = room.bins(choice)
    if not bins.size:
        return 0.0
    asked = _asked(choice, bins, prices, sums)
    factor = room.factor[bins] * float(choice.scale * (100 - choice.rank))
    return float((factor * (order.limit - room.asks(choice)[bins]) - asked).max()) * choice.most


def _alike(room: Room) -> Iterator[tuple[AskedOrder, int]]:
    """Yield the orders that bid enough, those that ask for the same once."""
    counts: dict[AskedOrder, int] = {}
    for order in room.puzzle.orders:
        if room.may_serve(order):
            counts[order] = counts.get(order, 0) + 1
    yield from counts.items()


class _Relaxed:
    """The round with orders that may be cut and bins of one kind that are one."""

    def __init__(self, room: Room) -> None:
        self._room, self._rows = room, milp.Rows()
        kinds: dict[tuple[object, ...], list[int]] = {}
        of_sets: list[list[int]] = [[] for _ in room.puzzle.bins]
        for number, bins in enumerate(room.puzzle.sets):
            for bin_ in bins:
                of_sets[bin_].append(number)
        for number, each in enumerate(room.puzzle.bins):
            limits = (each.low, each.high)
            kind = (each.ask, each.asks, limits, each.factor, tuple(of_sets[number]))
            kinds.setdefault(kind, []).append(number)
        self._kinds = list(kinds.values())
        self._kind_of = {bin_: kind for kind, bins in enumerate(self._kinds) for bin_ in bins}
        self._cells: dict[tuple[int, int], int] = {}
        self._orders = list(_alike(room))
        self._cuts = sorted(self._ends())
        self._free = [room.free[bins].sum(axis=0) for bins in self._kinds]

    def prices(self, *, seconds: float) -> npt.NDArray[np.int64]:
        """Return what room is worth in each bin and column; nothing of it where time was short."""
        made = np.zeros(self._room.free.shape, dtype=np.int64)
        scale = self._fill()
        if not self._rows.cost:
            return made
        solver = milp.solved(self._rows, seconds=seconds, relaxed=True)
        duals = solver.getSolution().row_dual
        if len(duals) < len(self._rows.bounds):
            return made
        for (kind, start), row in self._cells.items():
            place = start + int(np.argmin(self._free[kind][start : self._stop(start)]))
            made[self._kinds[kind], place] = min(max(0, round(abs(duals[row]) * scale)), PRICE_MAX)
        return made

    def _ends(self) -> set[int]:
        cuts: set[int] = set()
        for order, _count in self._orders:
            for choice in order.choices:
                span = range(choice.first, choice.last + 1)
                cuts |= set(span) if choice.each else {choice.first, choice.last}
        return cuts

    def _stop(self, start: int) -> int:
        return self._cuts[self._cuts.index(start) + 1]

    def _fill(self) -> float:
        """Write the programme; return by what values were divided."""
        worth = [
            unit_value(order, choice, self._room.puzzle.bins[self._kinds[kind][0]])
            for order, _count in self._orders
            for choice in order.choices
            for kind in self._of(choice)
        ]
        scale = float(max(worth, default=1)) or 1.0
        for order, count in self._orders:
            if len(self._rows.cost) > COLUMNS_MAX:
                break
            once = self._rows.row(float(count))
            for choice in order.choices:
                self._add(order, count, choice, once, scale)
        return scale

    def _of(self, choice: BinChoice) -> Sequence[int]:
        return sorted({self._kind_of[each] for each in self._room.bins(choice).tolist()})

    def _add(
        self, order: AskedOrder, count: int, choice: BinChoice, once: int, scale: float
    ) -> None:
        for kind in self._of(choice):
            bin_ = self._room.puzzle.bins[self._kinds[kind][0]]
            worth = unit_value(order, choice, bin_) / scale
            if worth <= 0:
                continue
            entries = [(once, 1.0 / choice.most)]
            for start, stop in pairwise(self._cuts):
                if choice.first <= start and stop <= choice.last:
                    each = choice.each[start - choice.first] if choice.each else 1
                    if each:
                        entries.append((self._cell(kind, start, stop), float(each)))
            most = float(choice.most * count)
            self._rows.column(worth, most, entries, is_whole=False)

    def _cell(self, kind: int, start: int, stop: int) -> int:
        if (kind, start) not in self._cells:
            free = float(self._free[kind][start:stop].min())
            self._cells[kind, start] = self._rows.row(free)
        return self._cells[kind, start]
