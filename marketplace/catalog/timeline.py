"""
Free capacity of one listing over time, as adjoining pieces that can be cut.

Capacity is set aside for exactly the seconds that were ordered: a period cuts the pieces at its
two ends and takes from those between. Where nothing was ever sold there is no slot row; such a
gap is a piece without an id that is wholly free.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from common.period import Period


@dataclass(slots=True)
class FreeStretch:
    """A stretch of time with one figure of free capacity; `slot_id` is the row it came from."""

    starts_at: datetime
    ends_at: datetime
    free_milli: int
    slot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A row of stored capacity."""

    id: int
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    free_milli: int


@dataclass(slots=True)
class SlotChanges:
    """The difference between what was stored and what shall be."""

    removed: list[int] = field(default_factory=list)
    kept: list[tuple[int, datetime, int]] = field(default_factory=list)  # id, end, change of free
    made: list[tuple[UUID, int, datetime, datetime, int, int]] = field(default_factory=list)


class Timeline:
    """The pieces of one listing over a span; give them all slots that overlap the span."""

    def __init__(
        self, *, listing_id: UUID, seq: int, total_milli: int, span: Period, slots: Iterable[Slot]
    ) -> None:
        self.listing_id: Final = listing_id
        self.seq: Final = seq
        self.total_milli: Final = total_milli
        self._stored: Final = sorted(slots, key=lambda slot: slot.starts_at)
        self._pieces = self._with_gaps(span)
        self._starts = [piece.starts_at for piece in self._pieces]

    def _with_gaps(self, span: Period) -> list[FreeStretch]:
        pieces: list[FreeStretch] = []
        reached = span.starts_at
        for slot in self._stored:
            if reached < slot.starts_at:
                pieces.append(FreeStretch(reached, slot.starts_at, self.total_milli))
            pieces.append(FreeStretch(slot.starts_at, slot.ends_at, slot.free_milli, slot.id))
            reached = slot.ends_at
        if reached < span.ends_at:
            pieces.append(FreeStretch(reached, span.ends_at, self.total_milli))
        return pieces

    def free(self, period: Period) -> int:
        """Return what is free during the whole of a period inside the span."""
        return min(piece.free_milli for piece in self._between(period))

    def take(self, period: Period, milli: int) -> None:
        """Set capacity aside. The caller has seen that it is free."""
        self._change(period, -milli)

    def give(self, period: Period, milli: int) -> None:
        """Free capacity that was set aside."""
        self._change(period, milli)

    def _change(self, period: Period, milli: int) -> None:
        self._cut(period.starts_at)
        self._cut(period.ends_at)
        for piece in self._between(period):
            piece.free_milli += milli

    def _between(self, period: Period) -> list[FreeStretch]:
        first = bisect_right(self._starts, period.starts_at) - 1
        return self._pieces[first : bisect_left(self._starts, period.ends_at)]

    def _cut(self, at: datetime) -> None:
        place = bisect_right(self._starts, at) - 1
        piece = self._pieces[place]
        if not piece.starts_at < at < piece.ends_at:
            return
        rest = FreeStretch(at, piece.ends_at, piece.free_milli, piece.slot_id)
        piece.ends_at = at
        self._pieces.insert(place + 1, rest)
        self._starts.insert(place + 1, at)

    def changes(self, into: SlotChanges) -> None:
        """Add what has to be written: a row for each piece of which anything is sold."""
        stored = {slot.id: slot for slot in self._stored}
        kept: set[int] = set()
        for piece in self._pieces:
            if piece.free_milli == self.total_milli:
                continue  # Wholly free again: no row says so.
            slot = stored.get(piece.slot_id) if piece.slot_id is not None else None
            if slot is None or slot.starts_at != piece.starts_at:
                into.made.append(self._row(piece))
                continue
            kept.add(slot.id)
            if (slot.ends_at, slot.free_milli) != (piece.ends_at, piece.free_milli):
                into.kept.append((slot.id, piece.ends_at, piece.free_milli - slot.free_milli))
        into.removed += stored.keys() - kept

    def _row(self, piece: FreeStretch) -> tuple[UUID, int, datetime, datetime, int, int]:
        return (
            self.listing_id,
            self.seq,
            piece.starts_at,
            piece.ends_at,
            self.total_milli,
            piece.free_milli,
        )
