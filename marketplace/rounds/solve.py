"""
Deciding a round, in a process of its own: `python -m marketplace.rounds.solve SECONDS`.

It reads a puzzle from its standard input and writes an answer a line, each better than the one
before, so whoever ends the process has the best one so far. It knows no database and no Django.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Final

import msgspec

from marketplace.rounds import bounds, pricing
from marketplace.rounds.greedy import Room, fill_up, serve
from marketplace.rounds.packing import Placed, Puzzle, RoundAnswer, answer_document, value_of
from marketplace.rounds.search import RoundSearch

BOUND_SHARE: Final = 0.35  # of the time, at most, goes to the proof
TELL_EVERY: Final = 0.2  # seconds between two answers that are told

Tell = Callable[[RoundAnswer], None]


def decide(puzzle: Puzzle, *, seconds: float, tell: Tell) -> RoundAnswer:
    """Return the best answer found in some seconds, telling of each that is better."""
    started = time.monotonic()
    until = started + seconds
    price, placed = pricing.decide(puzzle)
    if (price is None and puzzle.is_priced) or not puzzle.orders:
        answer = RoundAnswer(price, (), 0)
        tell(answer)
        return answer
    placed = _topped_up(puzzle, price, placed)
    tell(RoundAnswer(price, tuple(placed), value_of(puzzle, placed)))
    room = Room(puzzle, price)
    left = until - time.monotonic()
    bound, prices = bounds.prove(room, seconds=max(left * BOUND_SHARE, 0.05))
    placed = _better_of(puzzle, placed, _by_worth(puzzle, price, room, prices))
    answer = RoundAnswer(price, tuple(placed), value_of(puzzle, placed), bound, prices)
    tell(answer)
    return _searched(puzzle, answer, until=until, tell=tell)


def _topped_up(puzzle: Puzzle, price: int | None, placed: list[Placed]) -> list[Placed]:
    room = Room(puzzle, price)
    for each in placed:
        room.take(puzzle.orders[each.order].choices[each.choice], each.parts)
    return fill_up(room, placed)


def _by_worth(
    puzzle: Puzzle, price: int | None, room: Room, prices: tuple[tuple[int, ...], ...]
) -> list[Placed]:
    """Serve the orders first that are worth most for the room that they take."""
    placed = serve(Room(puzzle, price), bounds.by_price(room, prices))
    return sorted(placed, key=lambda each: each.order)


def _better_of(puzzle: Puzzle, one: list[Placed], other: list[Placed]) -> list[Placed]:
    return other if value_of(puzzle, other) > value_of(puzzle, one) else one


def _searched(puzzle: Puzzle, first: RoundAnswer, *, until: float, tell: Tell) -> RoundAnswer:
    last_told = time.monotonic()

    def told(placed: list[Placed], value: int) -> None:
        nonlocal last_told
        if time.monotonic() - last_told >= TELL_EVERY:
            last_told = time.monotonic()
            tell(_better(first, placed, value))

    search = RoundSearch(puzzle, first.price, list(first.placed))
    search.improve(until, told, good_enough=first.bound)
    answer = _better(first, search.answer(), search.value)
    tell(answer)
    return answer


def _better(first: RoundAnswer, placed: list[Placed], value: int) -> RoundAnswer:
    return RoundAnswer(first.price, tuple(placed), value, first.bound, first.room_prices)


def main(arguments: list[str]) -> int:
    """Read a puzzle, write answers, one a line."""
    puzzle = msgspec.json.decode(sys.stdin.buffer.read(), type=Puzzle)
    # The solver greets on the standard output: answers have one of their own.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

        def tell(answer: RoundAnswer) -> None:
            answers.write(json.dumps(answer_document(answer)).encode() + b"\n")
            answers.flush()

        decide(puzzle, seconds=float(arguments[0]), tell=tell)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
