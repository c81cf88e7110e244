"""Why an order of a round was filled or not, and what change would have filled it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from marketplace.rounds.contracts import Why
from marketplace.rounds.greedy import Room
from marketplace.rounds.packing import Answer, Asked, Choice, Placed, Puzzle


@dataclass(frozen=True, slots=True)
class Hint:
    """A change that would have been enough: a limit, a start (its hour in the window) or units."""

    kind: str
    limit_minor: int | None = None
    slot: int | None = None
    units_milli: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The reason of one order."""

    why: str
    changes: tuple[Hint, ...] = ()


def reasons_of(puzzle: Puzzle, answer: Answer) -> Mapping[int, Told]:
    """Return the reason of every order, by its turn."""
    room = Room(puzzle, answer.price)
    placed = {each.order: each for each in answer.placed}
    for each in answer.placed:
        room.take(puzzle.orders[each.order].choices[each.choice], each.parts)
    return {
        number: _told(room, order, placed.get(number)) for number, order in enumerate(puzzle.orders)
    }


def _told(room: Room, order: Asked, placed: Placed | None) -> Told:
    if placed is not None:
        most = order.choices[placed.choice].most
        return Told(Why.WHOLE if placed.units == most else Why.IN_PART)
    if room.price is None:
        return Told(Why.NO_PRICE)
    if order.limit < room.price:
        return Told(Why.LIMIT, tuple(_if_raised(room, order)))
    if not any(room.sets[choice.where].size for choice in order.choices):
        return Told(Why.NO_LISTING)
    return Told(Why.NO_ROOM, tuple(_if_moved(room, order)))


def _if_raised(room: Room, order: Asked) -> Iterator[Hint]:
    """Yield the price as a limit, where room is left that it could have had."""
    if room.find(order) is not None:
        yield Hint("limit", limit_minor=room.price)
    else:
        yield from _if_moved(room, order)


def _if_moved(room: Room, order: Asked) -> Iterator[Hint]:
    """Yield the nearest other start with room for all of it, and how much it could have had."""
    limit = room.price if room.price is not None and order.limit < room.price else None
    first = order.choices[0]
    length, hours = first.last - first.first, room.free.shape[1]
    moved = sorted(range(hours - length + 1), key=lambda slot: abs(slot - first.first))
    for slot in moved:
        choice = _at(first, slot)
        if _fits(room, choice) >= first.most:
            yield Hint("start", limit_minor=limit, slot=slot)
            break
    fewer = max((_fits(room, choice) for choice in order.choices), default=0)
    if 0 < fewer < first.most:
        yield Hint("units", limit_minor=limit, units_milli=fewer)


def _at(choice: Choice, slot: int) -> Choice:
    return Choice(
        where=choice.where,
        first=slot,
        last=slot + choice.last - choice.first,
        most=choice.most,
        least=choice.least,
        is_spread=choice.is_spread,
    )


def _fits(room: Room, choice: Choice) -> int:
    """Return the most that one listing has for a choice, in its steps."""
    bins = room.sets[choice.where]
    if not bins.size:
        return 0
    fits = room.fits(choice, bins)
    fits = fits - fits % room.step[bins]
    return int(
        max(
            (int(fit) for fit, least in zip(fits, room.least[bins], strict=True) if fit >= least),
            default=0,
        )
    )
