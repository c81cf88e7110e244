"""
The one price of a round: `call-3`. Pure.

It is `call-1` with asks that may depend on the order, and whoever has the first turn may be short
(`call-2`). In `call-3` listings ask members of their provider's price groups that group's price;
the one price follows from what is asked of everybody else.

It is the lowest at which no more unit-hours are bid for above it than are offered at or below it.
Hours are not alike, though: where a divisible order that bids more still goes without, the price
goes up to the next limit or ask until none does.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from marketplace.rounds import greedy
from marketplace.rounds.packing import FIRST_RULE, NEVER, Placed, Puzzle

NAME: Final = "call-3"


def crossing(bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]]) -> int | None:
    """Return the lowest price above which no more is wanted than is offered; none without both."""
    steps = sorted({price for price, _much in (*bids, *asks)})
    if not bids or not asks:
        return None
    wanted, offered = _by_price(bids, steps), _by_price(asks, steps)
    above = sum(wanted)
    for price, less, there in zip(steps, wanted, accumulate(offered), strict=True):
        above -= less
        if above <= there:
            return price
    return None


def decide(puzzle: Puzzle) -> tuple[int | None, list[Placed]]:
    """Return the price of a round, and who is served at it by turn; nobody: no price."""
    if not puzzle.is_priced:
        return None, greedy.serve(greedy.Room(puzzle, None))
    low = crossing(*curves(puzzle))
    if low is None:
        return None, []
    steps = _steps(puzzle, low)
    first, last, place = 0, len(steps) - 1, 0  # most rounds need no more than the first price
    found: dict[int, list[Placed]] = {}
    while first < last:
        tried = _tried(puzzle, steps[place])
        if tried is None:
            first = place + 1
        else:
            last, found[place] = place, tried
        place = (first + last) // 2
    placed = found.get(first) or _served(puzzle, steps[first])
    return (steps[first], placed) if placed else (None, [])


def curves(puzzle: Puzzle) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return what is bid for and what is offered: prices, and thousandths of unit-hours."""
    bids = []
    for order in puzzle.orders:
        first = order.choices[0]
        bids.append((order.limit, first.most * (first.last - first.first)))
    asks = [(each.ask, sum(each.free)) for each in puzzle.bins if any(each.free)]
    return bids, asks


def _served(puzzle: Puzzle, price: int) -> list[Placed]:
    return greedy.serve(greedy.Room(puzzle, price))


def _tried(puzzle: Puzzle, price: int) -> list[Placed] | None:
    """Return who is served at a price; nothing if a divisible order that bids more is short."""
    room = greedy.Room(puzzle, price)
    placed = greedy.serve(room)
    return None if _is_short(puzzle, greedy.short(room, placed)) else placed


def _is_short(puzzle: Puzzle, short: Iterable[int]) -> bool:
    """Tell whether anybody is short; `call-1` did not see whoever has the first turn."""
    return any(puzzle.rule != FIRST_RULE or number for number in short)


def _steps(puzzle: Puzzle, low: int) -> list[int]:
    """Return the prices that may be, the lowest first; above the last nobody bids."""
    prices = {each.limit for each in puzzle.orders} | {each.ask for each in puzzle.bins}
    prices |= {ask for each in puzzle.bins for ask in each.asks if ask != NEVER}
    return sorted(price for price in prices if price >= low)


def _by_price(pairs: Sequence[tuple[int, int]], steps: Sequence[int]) -> list[int]:
    sums = dict.fromkeys(steps, 0)
    for price, much in pairs:
        sums[price] += much
    return [sums[price] for price in steps]
