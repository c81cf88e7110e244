"""
How `cover-2` finds the combination of vouchers that pays most. Pure, and frozen with it.

A programme pays its share of what others left, so it matters who pays first once a cap binds.
Vouchers of a programme under the same terms make one unit. Of programmes that exclude each other
every largest group that may pay together is tried: one unit more at the end never pays less. Up to
`ORDERS_MAX` units every order is tried; of more, the order of expiry and that of the least bound,
each as far as changing neighbours pays more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations
from typing import Final

ORDERS_MAX: Final = 4
SWAPS_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Share:
    """A programme's share of one base, also as a whole numerator and denominator."""

    base: int
    rate: Decimal
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class PayingPurse:
    """One voucher that may pay: its programme, its shares, the least of its caps, its balance."""

    place: int  # among all vouchers, by expiry
    code: str
    shares: tuple[Share, ...]
    cap_minor: int | None
    available_minor: int
    combines: bool
    excludes: frozenset[str]


@dataclass(frozen=True, slots=True)
class PayablePart:
    """What a voucher pays of one base, and what others had left of it."""

    base: int
    left_minor: int
    target_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one voucher pays in its turn, and what its programme had paid before it."""

    payer: PayingPurse
    amount_minor: int
    same_minor: int
    parts: tuple[PayablePart, ...]


Order = tuple[tuple[int, ...], ...]  # units in turn, each with its vouchers by expiry


class CoverSearch:
    """The vouchers that may pay for some bases, in the order of their expiry."""

    def __init__(self, bases: Sequence[int], payers: Sequence[PayingPurse]) -> None:
        """Take payers in the order of their expiry."""
        self._bases = bases
        self._payers = payers

    def best(self) -> list[Step]:
        """Return the turns of the combination that pays most."""
        best: tuple[int, tuple[int, ...]] = (-1, ())
        chosen: Order = ()
        for group in self._groups():
            for order in self._orders(self._units(group)):
                found = self._pay(order)
                if found > best:
                    best, chosen = found, order
        return self._steps(chosen)

    def by_expiry_minor(self) -> int:
        """Return what vouchers pay in plain order of expiry, each that may beside those before."""
        taken: list[int] = []
        for number in range(len(self._payers)):
            if all(self._may_join(number, other) for other in taken):
                taken.append(number)
        return self._pay(self._units(taken))[0]

    def _units(self, group: Sequence[int]) -> Order:
        """Return vouchers by programme and terms, the unit that is over first in front."""
        found: dict[object, list[int]] = {}
        for number in group:
            payer = self._payers[number]
            found.setdefault((payer.code, payer.shares, payer.cap_minor), []).append(number)
        return tuple(tuple(numbers) for numbers in found.values())

    def _may_join(self, number: int, against: int) -> bool:
        """Return whether two vouchers may pay for the same purchase."""
        one, other = self._payers[number], self._payers[against]
        return one.code == other.code or (
            one.combines
            and other.combines
            and other.code not in one.excludes
            and one.code not in other.excludes
        )

    def _groups(self) -> Iterator[tuple[int, ...]]:
        """Yield the largest groups of vouchers that may pay together, by expiry."""
        every = range(len(self._payers))
        if all(each.combines and not each.excludes for each in self._payers):
            yield tuple(every)
            return
        beside = {
            one: {other for other in every if other != one and self._may_join(one, other)}
            for one in every
        }
        yield from _largest(set(), set(every), set(), beside)

    def _orders(self, group: Order) -> Iterator[Order]:
        """Yield the orders in which programmes are let pay, that of expiry first."""
        if len(group) <= ORDERS_MAX:
            yield from permutations(group)
            return
        for start in (group, tuple(sorted(group, key=self._bound))):
            yield self._climb(start)

    def _bound(self, numbers: Sequence[int]) -> int:
        """Return how soon a programme's caps bind: who can pay most goes first."""
        payers = [self._payers[number] for number in numbers]
        caps = [payer.cap_minor for payer in payers if payer.cap_minor is not None]
        return -min([sum(payer.available_minor for payer in payers), *caps])

    def _climb(self, start: Order) -> Order:
        """Change neighbours as long as that pays more, at most so often."""
        best, found = start, self._pay(start)
        for _turn in range(SWAPS_MAX // len(start)):
            before = found
            for place in range(len(start) - 1):
                order = (*best[:place], best[place + 1], best[place], *best[place + 2 :])
                other = self._pay(order)
                if other > found:
                    best, found = order, other
            if found == before:
                break
        return best

    def _pay(self, order: Order) -> tuple[int, tuple[int, ...]]:
        """Return what an order pays together, and each voucher by expiry."""
        amounts = [0] * len(self._payers)
        left = list(self._bases)
        programmes: dict[str, list[int]] = {}
        for numbers in order:
            for number in numbers:
                payer = self._payers[number]
                same = programmes.setdefault(payer.code, [0] * len(left))
                room = before = _room(payer, sum(same))
                for share in payer.shares:
                    if room <= 0:
                        break
                    base = share.base
                    mine = same[base]
                    top = 2 * share.numerator * (left[base] + mine) + share.denominator
                    part = min(top // (2 * share.denominator) - mine, room)
                    if part > 0:
                        same[base] = mine + part
                        left[base] -= part
                        room -= part
                amounts[number] = before - room
        return sum(amounts), tuple(amounts)

    def _steps(self, order: Order) -> list[Step]:
        """Return an order's turns with all that is said of them; pays exactly as `_pay`."""
        left, steps = list(self._bases), []
        programmes: dict[str, list[int]] = {}
        for payer in (self._payers[number] for numbers in order for number in numbers):
            same = programmes.setdefault(payer.code, [0] * len(left))
            before, parts = sum(same), []
            room = _room(payer, before)
            for share in payer.shares:
                base, mine = share.base, same[share.base]
                top = 2 * share.numerator * (left[base] + mine) + share.denominator
                target = max(0, top // (2 * share.denominator) - mine)
                part = min(target, room)
                parts.append(PayablePart(base, left[base] + mine, target, part))
                same[base] = mine + part
                left[base] -= part
                room -= part
            paid = sum(part.amount_minor for part in parts)
            steps.append(Step(payer, paid, before, tuple(parts)))
        return steps


def _room(payer: PayingPurse, same_minor: int) -> int:
    """Return what a voucher may pay at most after others of its programme."""
    if payer.cap_minor is None:
        return payer.available_minor
    return max(0, min(payer.available_minor, payer.cap_minor - same_minor))


def _largest(
    taken: set[int], open_: set[int], done: set[int], beside: dict[int, set[int]]
) -> Iterator[tuple[int, ...]]:
    """Yield the maximal cliques, as Bron and Kerbosch find them, in an order that never varies."""
    if not open_ and not done:
        yield tuple(sorted(taken))
        return
    pivot = max(sorted(open_ | done), key=lambda each: len(beside[each] & open_))
    for number in sorted(open_ - beside[pivot]):
        near = beside[number]
        yield from _largest(taken | {number}, open_ & near, done & near, beside)
        open_ = open_ - {number}
        done = done | {number}
