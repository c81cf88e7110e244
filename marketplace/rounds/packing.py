"""
What a round decides, as plain figures: bins with room, and orders of which each takes one choice.

A bin is a listing and its columns are hours; but columns may be anything that runs out. Orders
stand in the order of their turns. Values are exact whole numbers, in fen times hours times scales.
"""

from dataclasses import dataclass, field
from typing import Any, Final

PARTS_MAX: Final = 8  # bins that a choice which may be spread is put together from
FIRST_RULE: Final = "call-1"
NEVER: Final = 2**40  # asked where a listing does not serve a choice: nobody bids as much
UNPRICED: Final = -1  # the place of what no plan was asked: only bins with one ask serve it
LISTS_RULE: Final = "call-2"  # asks by the order, and everybody at the list price
RANK_STEP: Final = 100  # an alternative counts one in a hundred less than the one before it


@dataclass(frozen=True, slots=True)
class Bin:
    """
    What one listing has left in each column, and what it asks at least.

    Where what it asks depends on the order, `asks` has it by the place of what a choice is priced
    as (`BinChoice.priced`), and `ask` is the least of them.
    """

    free: tuple[int, ...]
    ask: int = 0
    factor: int = 1
    least: int = 1
    step: int = 1
    low: int = 0  # outside these prices it may not sell
    high: int | None = None
    asks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BinChoice:
    """
    One way to serve an order: how much, of which bins, in which columns.

    A unit takes `each` of the columns from `first` to before `last`, or one of each. Spread choices
    may take of several bins, from `least` to `most`; others take `most` of one bin.
    """

    where: int  # the place of its bins among the round's sets
    first: int
    last: int
    most: int
    least: int
    scale: int = 1
    rank: int = 0
    is_spread: bool = False
    each: tuple[int, ...] = ()
    priced: int = 0  # the place of its hours and amount among those that plans were asked
    limit: int = 0  # what its order pays at most, where a bin asks the price of its buyer's group


@dataclass(frozen=True, slots=True)
class AskedOrder:
    """An order: what a unit is worth to it at most, and its choices, the dearest to it first."""

    limit: int
    choices: tuple[BinChoice, ...]
    is_divisible: bool = False


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Everything that decides who is served; orders stand in the order of their turns."""

    bins: tuple[Bin, ...]
    sets: tuple[tuple[int, ...], ...]
    orders: tuple[AskedOrder, ...]
    seed: int = 0
    rule: str = FIRST_RULE  # figures that were sealed before it was said are of the first
    is_priced: bool = True  # else every bin asks what it asks, and no common price is sought
    members: tuple[tuple[int, ...], ...] = ()  # by what is priced: bins that ask a group's price


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that is served: by which of its choices, and how much of which bins."""

    order: int
    choice: int
    parts: tuple[tuple[int, int], ...]

    @property
    def units(self) -> int:
        """Return how much it gets."""
        return sum(units for _bin, units in self.parts)


@dataclass(frozen=True, slots=True)
class RoundAnswer:
    """Who is served at which price, what that is worth, and prices of room that prove a bound."""

    price: int | None
    placed: tuple[Placed, ...]
    value: int
    bound: int | None = None
    room_prices: tuple[tuple[int, ...], ...] = field(default=())


def answer_document(answer: RoundAnswer) -> dict[str, Any]:
    """Return an answer as JSON data; what it is worth may be larger than 64 bits."""
    return {
        "price": answer.price,
        "placed": [
            {
                "order": each.order,
                "choice": each.choice,
                "parts": [list(part) for part in each.parts],
            }
            for each in answer.placed
        ],
        "value": answer.value,
        "bound": answer.bound,
        "room_prices": [list(row) for row in answer.room_prices],
    }


def answer_of(data: dict[str, Any]) -> RoundAnswer:
    """Return the answer that `answer_document` wrote."""
    return RoundAnswer(
        price=data["price"],
        placed=tuple(
            Placed(
                each["order"],
                each["choice"],
                tuple((bin_, units) for bin_, units in each["parts"]),
            )
            for each in data["placed"]
        ),
        value=data["value"],
        bound=data["bound"],
        room_prices=tuple(tuple(row) for row in data["room_prices"]),
    )


def ask_of(bin_: Bin, choice: BinChoice) -> int:
    """Return what a bin asks for a choice; `NEVER` where nothing is known of it."""
    if not bin_.asks:
        return bin_.ask
    return bin_.asks[choice.priced] if 0 <= choice.priced < len(bin_.asks) else NEVER


def members_of(puzzle: Puzzle, choice: BinChoice) -> tuple[int, ...]:
    """Return the bins that ask a choice the price of its buyer's group."""
    is_known = 0 <= choice.priced < len(puzzle.members)
    return puzzle.members[choice.priced] if is_known else ()


def pays(puzzle: Puzzle, choice: BinChoice, bin_: int, price: int) -> int:
    """Return what a standard hour of a bin costs a choice: the one price, or its group's."""
    if bin_ in members_of(puzzle, choice):
        return min(price, ask_of(puzzle.bins[bin_], choice))
    return price


def unit_value(order: AskedOrder, choice: BinChoice, bin_: Bin) -> int:
    """Return what a unit of a bin adds to the common good: the limit less what is asked for it."""
    return (
        choice.scale
        * bin_.factor
        * (order.limit - ask_of(bin_, choice))
        * (RANK_STEP - choice.rank)
    )


def value_of(puzzle: Puzzle, placed: tuple[Placed, ...] | list[Placed]) -> int:
    """Return what some placements are worth, exactly."""
    total = 0
    for each in placed:
        order = puzzle.orders[each.order]
        choice = order.choices[each.choice]
        total += sum(
            units * unit_value(order, choice, puzzle.bins[bin_]) for bin_, units in each.parts
        )
    return total
