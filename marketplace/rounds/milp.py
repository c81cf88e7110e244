"""A few orders and a few bins as a whole-number programme, solved by HiGHS. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import highspy
import numpy as np

from marketplace.rounds.greedy import Integers, Room
from marketplace.rounds.packing import BinChoice, Placed, unit_value

GAP: Final = 0.0005


@dataclass(slots=True)
class Rows:
    """A programme, column by column; rows are upper bounds."""

    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    is_whole: list[bool] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    index: list[int] = field(default_factory=list)
    entries: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)

    def row(self, most: float) -> int:
        """Add a row that sums to no more than something."""
        self.bounds.append(most)
        return len(self.bounds) - 1

    def column(
        self, cost: float, upper: float, entries: Sequence[tuple[int, float]], *, is_whole: bool
    ) -> int:
        """Add a variable from nothing to `upper`."""
        self.cost.append(cost)
        self.upper.append(upper)
        self.is_whole.append(is_whole)
        self.index += [row for row, _ in entries]
        self.entries += [figure for _, figure in entries]
        self.starts.append(len(self.index))
        return len(self.cost) - 1


def solved(rows: Rows, *, seconds: float, relaxed: bool = False) -> Any:
    """Return HiGHS after it maximised a programme, or ran out of time."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(rows.cost), len(rows.bounds)
    lp.col_cost_ = np.asarray(rows.cost)
    lp.col_lower_ = np.zeros(len(rows.cost))
    lp.col_upper_ = np.asarray(rows.upper)
    lp.row_lower_ = np.full(len(rows.bounds), -highspy.kHighsInf)
    lp.row_upper_ = np.asarray(rows.bounds)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.asarray(rows.starts)
    lp.a_matrix_.index_ = np.asarray(rows.index)
    lp.a_matrix_.value_ = np.asarray(rows.entries)
    if not relaxed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[each] for each in rows.is_whole]
    solver = highspy.Highs()  # type: ignore[no-untyped-call] # it has no types
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("time_limit", max(seconds, 0.05)),
        ("mip_rel_gap", GAP),
        ("random_seed", 1),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    solver.run()
    return solver


@dataclass(frozen=True, slots=True)
class _Part:
    order: int
    choice: int
    bin: int
    column: int


class Neighbourhood:
    """Some orders that are served anew from some bins, as good as can be."""

    def __init__(self, room: Room, bins: Integers, options: dict[int, list[int]]) -> None:
        """Take the room as it is without the orders; `options` are their choices looked at."""
        self._room, self._rows = room, Rows()
        self._bins = set(bins.tolist())
        self._options = options
        self._cells: dict[tuple[int, int], int] = {}
        self._cuts = self._segments()
        self._parts: list[_Part] = []
        self._scale = self._largest()
        for order in options:
            self._add(order)

    @property
    def size(self) -> int:
        """Return how many variables there are."""
        return len(self._rows.cost)

    def solve(self, *, seconds: float) -> list[Placed] | None:
        """Return who is served; nothing if no answer was found in time."""
        solver = solved(self._rows, seconds=seconds)
        solution = solver.getSolution()
        if not solution.value_valid:
            return None
        return self._read([round(each) for each in solution.col_value])

    def _choices(self) -> Iterator[tuple[int, int, BinChoice]]:
        orders = self._room.puzzle.orders
        for order, numbers in self._options.items():
            for number in numbers:
                yield order, number, orders[order].choices[number]

    def _segments(self) -> list[int]:
        """Return the columns at which the set of choices that use them changes."""
        cuts: set[int] = set()
        for _order, _number, choice in self._choices():
            span = range(choice.first, choice.last + 1)
            cuts |= set(span) if choice.each else {choice.first, choice.last}
        return sorted(cuts)

    def _largest(self) -> float:
        puzzle = self._room.puzzle
        values = [
            choice.most * unit_value(puzzle.orders[order], choice, puzzle.bins[bin_])
            for order, _number, choice in self._choices()
            for bin_ in self._of(choice)
        ]
        return float(max(values, default=1)) or 1.0

    def _of(self, choice: BinChoice) -> list[int]:
        return [bin_ for bin_ in self._room.bins(choice).tolist() if bin_ in self._bins]

    def _add(self, order: int) -> None:
        asked = self._room.puzzle.orders[order]
        once = self._rows.row(1.0)
        for number in self._options[order]:
            choice = asked.choices[number]
            if choice.is_spread:
                self._add_spread(order, number, once)
            else:
                for bin_ in self._of(choice):
                    if self._takes(choice, bin_):
                        self._add_one(order, number, bin_, once)

    def _takes(self, choice: BinChoice, bin_: int) -> bool:
        room, units = self._room, choice.most
        return units >= int(room.least[bin_]) and units % int(room.step[bin_]) == 0

    def _add_one(self, order: int, number: int, bin_: int, once: int) -> None:
        puzzle = self._room.puzzle
        choice = puzzle.orders[order].choices[number]
        worth = choice.most * unit_value(puzzle.orders[order], choice, puzzle.bins[bin_])
        entries = [(once, 1.0), *self._uses(choice, bin_, choice.most)]
        column = self._rows.column(worth / self._scale, 1.0, entries, is_whole=True)
        self._parts.append(_Part(order, number, bin_, column))

    def _add_spread(self, order: int, number: int, once: int) -> None:
        """Add a choice of which several bins give a part: between its least and its most in all."""
        puzzle, room = self._room.puzzle, self._room
        asked = puzzle.orders[order]
        choice = asked.choices[number]
        most, least = self._rows.row(0.0), self._rows.row(0.0)
        for bin_ in self._of(choice):
            step, floor = int(room.step[bin_]), int(room.least[bin_])
            if choice.most < floor:
                continue
            worth = step * unit_value(asked, choice, puzzle.bins[bin_]) / self._scale
            entries = [(most, float(step)), (least, -float(step))]
            row = self._rows.row(0.0)
            entries += [(row, float(step)), *self._uses(choice, bin_, step)]
            under = self._rows.row(0.0)
            entries.append((under, -float(step)))
            column = self._rows.column(worth, choice.most // step, entries, is_whole=True)
            opened = [(row, -float(choice.most)), (under, float(max(floor, step)))]
            self._rows.column(0.0, 1.0, opened, is_whole=True)
            self._parts.append(_Part(order, number, bin_, column))
        entries = [(once, 1.0), (most, -float(choice.most)), (least, float(choice.least))]
        self._rows.column(0.0, 1.0, entries, is_whole=True)

    def _uses(self, choice: BinChoice, bin_: int, units: int) -> Iterator[tuple[int, float]]:
        for start, stop in pairwise(self._cuts):
            if choice.first <= start and stop <= choice.last:
                much = units * choice.each[start - choice.first] if choice.each else units
                if much:
                    yield self._cell(bin_, start, stop), float(much)

    def _cell(self, bin_: int, start: int, stop: int) -> int:
        if (bin_, start) not in self._cells:
            free = float(self._room.free[bin_, start:stop].min())
            self._cells[bin_, start] = self._rows.row(free)
        return self._cells[bin_, start]

    def _read(self, values: Sequence[int]) -> list[Placed]:
        taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
        orders = self._room.puzzle.orders
        for part in self._parts:
            choice = orders[part.order].choices[part.choice]
            one = int(self._room.step[part.bin]) if choice.is_spread else choice.most
            if values[part.column]:
                units = values[part.column] * one
                taken.setdefault((part.order, part.choice), []).append((part.bin, units))
        return [Placed(*key, tuple(parts)) for key, parts in taken.items()]
