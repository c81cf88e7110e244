"""
Who is related to whom by control and shareholding. Pure.

An organisation controls what it is said to control, and what it and those it controls hold more
than half of, and so on. It has a stake in what it controls and in what its group holds a share of
that counts. Two organisations are related if one has a stake in the other, or in what controls it,
or if a third has a stake in both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from identity.contracts import TieKind

MAJORITY: Final = Decimal("0.5")
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tie:
    """That one organisation controls another, or holds a share of it."""

    holder_id: UUID
    held_id: UUID
    kind: str
    share: Decimal | None = None


class Ties:
    """The ties that are in force on a day."""

    def __init__(self, ties: Iterable[Tie], *, share_that_counts: Decimal) -> None:
        self._share_that_counts = share_that_counts
        self._controlled: dict[UUID, set[UUID]] = defaultdict(set)
        self._shares: dict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
        self._holders: set[UUID] = set()
        for tie in ties:
            self._holders.add(tie.holder_id)
            if tie.kind == TieKind.CONTROL:
                self._controlled[tie.holder_id].add(tie.held_id)
            if tie.share is not None:
                self._shares[tie.holder_id][tie.held_id] = tie.share
        self._groups: dict[UUID, frozenset[UUID]] = {}
        self._stakes: dict[UUID, frozenset[UUID]] = {}

    def are_related(self, one: UUID, other: UUID) -> bool:
        """Return whether two different organisations are related."""
        return not self.stakeholders(one).isdisjoint(self.stakeholders(other))

    def stakeholders(self, subject: UUID) -> frozenset[UUID]:
        """Return the organisation and all that have a stake in it or in what controls it."""
        if subject not in self._stakes:
            above = {holder for holder in self._holders if subject in self._group(holder)}
            above.add(subject)
            stakes = {
                holder
                for holder in self._holders
                if any(self._held(holder, each) >= self._share_that_counts for each in above)
            }
            self._stakes[subject] = frozenset(above | stakes)
        return self._stakes[subject]

    def _group(self, holder: UUID) -> frozenset[UUID]:
        """Return an organisation with all that it controls, through others too."""
        if holder not in self._groups:
            group = {holder}
            while more := self._under(group) - group:
                group |= more
            self._groups[holder] = frozenset(group)
        return self._groups[holder]

    def _under(self, group: Collection[UUID]) -> set[UUID]:
        held: dict[UUID, Decimal] = defaultdict(Decimal)
        found: set[UUID] = set()
        for member in group:
            found |= self._controlled.get(member, set())
            for subject, share in self._shares.get(member, {}).items():
                held[subject] += share
        return found | {subject for subject, share in held.items() if share > MAJORITY}

    def _held(self, holder: UUID, subject: UUID) -> Decimal:
        """Return the share that an organisation and those it controls hold of another."""
        return sum(
            (self._shares.get(member, {}).get(subject, NOTHING) for member in self._group(holder)),
            start=NOTHING,
        )
