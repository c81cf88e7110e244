"""
Making a round better: some bins are cleared and filled anew as well as can be, again and again.

What the programme says is tried against the true room and taken only if it is worth no less.
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from marketplace.rounds import greedy, milp
from marketplace.rounds.greedy import Integers, Room
from marketplace.rounds.packing import PARTS_MAX, BinChoice, Placed, Puzzle, value_of

BINS: Final = (4, 8, 12)  # of one neighbourhood, in turns
ORDERS: Final = 60
CHOICES: Final = 6  # of one order that are looked at
VARIABLES: Final = 4_000
TRY_SECONDS: Final = 1.5

OrderReason = Callable[[list[Placed], int], None]


class RoundSearch:
    """One answer that gets better until time is over."""

    def __init__(self, puzzle: Puzzle, price: int | None, placed: list[Placed]) -> None:
        self._puzzle = puzzle
        self._dice = random.Random(puzzle.seed)  # noqa: S311 - a search, not a secret
        self.room = Room(puzzle, price)
        self.placed = {each.order: each for each in placed}
        for each in placed:
            self.room.take(self._choice(each), each.parts)
        self.value = value_of(puzzle, placed)
        self.rounds = 0

    def improve(self, until: float, told: OrderReason, *, good_enough: int | None = None) -> None:
        """Look for better answers until a moment of the process's clock; tell of each."""
        idle = 0
        while time.monotonic() < until and idle < self._patience:
            if good_enough is not None and self.value >= good_enough:
                return
            before = self.value
            self._step(until)
            self.rounds += 1
            idle = 0 if self.value > before else idle + 1
            if self.value > before:
                told(self.answer(), self.value)

    @property
    def _patience(self) -> int:
        """Return after how many tries in vain a small round is as good as it gets."""
        return 12 if len(self._puzzle.orders) <= ORDERS else 200

    def answer(self) -> list[Placed]:
        """Return who is served."""
        return sorted(self.placed.values(), key=lambda each: each.order)

    def _choice(self, placed: Placed) -> BinChoice:
        return self._puzzle.orders[placed.order].choices[placed.choice]

    def _step(self, until: float) -> None:
        unserved = self._unserved()
        bins = self._pick(unserved)
        if not bins.size:
            return
        inside = set(bins.tolist())
        freed = [
            each for each in self.placed.values() if all(bin_ in inside for bin_, _ in each.parts)
        ]
        self._dice.shuffle(freed)
        freed = freed[: ORDERS // 2]
        for each in freed:
            self.room.take(self._choice(each), each.parts, sign=1)
        options = self._options(freed, unserved, inside)
        area = milp.Neighbourhood(self.room, bins, options)
        seconds = min(TRY_SECONDS, until - time.monotonic())
        found = area.solve(seconds=seconds) if 0 < area.size <= VARIABLES else None
        if found is None or not self._take(found, freed):
            for each in freed:
                self.room.take(self._choice(each), each.parts)

    def _take(self, found: list[Placed], freed: list[Placed]) -> bool:
        """Take an answer that fits and is worth more; tell whether it was taken."""
        worth = value_of(self._puzzle, found)
        if worth <= value_of(self._puzzle, freed) or any(
            len(each.parts) > PARTS_MAX for each in found
        ):
            return False
        for each in found:
            self.room.take(self._choice(each), each.parts)
        if bool((self.room.free < 0).any()):  # The programme computes with floats.
            for each in found:
                self.room.take(self._choice(each), each.parts, sign=1)
            return False
        for each in freed:
            del self.placed[each.order]
        self.placed |= {each.order: each for each in found}
        self.placed = {
            each.order: each for each in greedy.fill_up(self.room, list(self.placed.values()))
        }
        self.value = value_of(self._puzzle, list(self.placed.values()))
        return True

    def _unserved(self) -> list[int]:
        orders = self._puzzle.orders
        return [
            number
            for number in range(len(orders))
            if number not in self.placed and self.room.may_serve(orders[number])
        ]

    def _pick(self, unserved: list[int]) -> Integers:
        """Return the bins of a neighbourhood: some of those that an unserved order could use."""
        orders = self._puzzle.orders
        number = self._dice.choice(unserved) if unserved else self._dice.randrange(len(orders))
        choices = orders[number].choices
        bins = self.room.bins(self._dice.choice(choices))
        most = BINS[self.rounds % len(BINS)]
        if bins.size <= most:
            return bins
        return np.asarray(sorted(self._dice.sample(bins.tolist(), most)), dtype=np.int64)

    def _options(
        self, freed: list[Placed], unserved: list[int], inside: set[int]
    ) -> dict[int, list[int]]:
        options: dict[int, list[int]] = {}
        for each in freed:
            options[each.order] = self._some(each.order, {each.choice}, inside)
        others = [each for each in unserved if each not in options]
        self._dice.shuffle(others)
        for number in others[: ORDERS - len(options)]:
            if chosen := self._some(number, set(), inside):
                options[number] = chosen
        return options

    def _some(self, number: int, kept: set[int], inside: set[int]) -> list[int]:
        choices = self._puzzle.orders[number].choices
        useful = list(self._useful(choices, inside))
        self._dice.shuffle(useful)
        return sorted({*kept, *useful[: CHOICES - len(kept)]})

    def _useful(self, choices: tuple[BinChoice, ...], inside: set[int]) -> Iterator[int]:
        for number, choice in enumerate(choices):
            if not inside.isdisjoint(self.room.bins(choice).tolist()):
                yield number
