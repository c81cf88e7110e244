"""Why an order of a round was filled or not, and what change would have filled it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from marketplace.rounds.contracts import RoundWhy
from marketplace.rounds.greedy import Room
from marketplace.rounds.packing import UNPRICED, AskedOrder, BinChoice, Placed, Puzzle, RoundAnswer


@dataclass(frozen=True, slots=True)
class ChangeHint:
    """A change that would have been enough: a limit, a start (its hour in the window) or units."""

    kind: str
    limit_minor: int | None = None
    slot: int | None = None
    units_milli: int | None = None


@dataclass(frozen=True, slots=True)
class OrderReason:
    """The reason of one order."""

    why: str
    changes: tuple[ChangeHint, ...] = ()


def reasons_of(puzzle: Puzzle, answer: RoundAnswer) -> Mapping[int, OrderReason]:
    """Return the reason of every order, by its turn."""
    room = Room(puzzle, answer.price)
    placed = {each.order: each for each in answer.placed}
    for each in answer.placed:
        room.take(puzzle.orders[each.order].choices[each.choice], each.parts)
    return {
        number: _told(room, order, placed.get(number)) for number, order in enumerate(puzzle.orders)
    }


def _told(room: Room, order: AskedOrder, placed: Placed | None) -> OrderReason:
    if placed is not None:
        most = order.choices[placed.choice].most
        return OrderReason(RoundWhy.WHOLE if placed.units == most else RoundWhy.IN_PART)
    if room.price is None:
        return OrderReason(RoundWhy.NO_PRICE)
    if order.limit < room.price:
        return OrderReason(RoundWhy.LIMIT, tuple(_if_raised(room, order)))
    if not any(room.bins(choice).size for choice in order.choices):
        return OrderReason(RoundWhy.NO_LISTING)
    return OrderReason(RoundWhy.NO_ROOM, tuple(_if_moved(room, order)))


def _if_raised(room: Room, order: AskedOrder) -> Iterator[ChangeHint]:
    """Yield the price as a limit, where room is left that it could have had."""
    raised = tuple(
        replace(each, limit=room.price or 0) if each.limit else each for each in order.choices
    )
    if room.find(replace(order, choices=raised)) is not None:
        yield ChangeHint("limit", limit_minor=room.price)
    else:
        yield from _if_moved(room, order)


def _if_moved(room: Room, order: AskedOrder) -> Iterator[ChangeHint]:
    """Yield the nearest other start with room for all of it, and how much it could have had."""
    limit = room.price if room.price is not None and order.limit < room.price else None
    first = order.choices[0]
    length, hours = first.last - first.first, room.free.shape[1]
    moved = sorted(range(hours - length + 1), key=lambda slot: abs(slot - first.first))
    for slot in moved:
        choice = _at(first, slot)
        if _fits(room, choice) >= first.most:
            yield ChangeHint("start", limit_minor=limit, slot=slot)
            break
    fewer = max((_fits(room, _at(each, each.first)) for each in order.choices), default=0)
    if 0 < fewer < first.most:
        yield ChangeHint("units", limit_minor=limit, units_milli=fewer)


def _at(choice: BinChoice, slot: int) -> BinChoice:
    return BinChoice(
        where=choice.where,
        first=slot,
        last=slot + choice.last - choice.first,
        most=choice.most,
        least=choice.least,
        is_spread=choice.is_spread,
        priced=UNPRICED,  # What plans with terms ask at another time or for less nobody asked.
    )


def _fits(room: Room, choice: BinChoice) -> int:
    """Return the most that one listing has for a choice, in its steps."""
    bins = room.bins(choice)
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
