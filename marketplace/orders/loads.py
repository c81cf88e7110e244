"""Capacity over time, as clearing computes with it. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from marketplace.orders.contracts import Offer

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Load:
    """How much of a listing is taken at each moment: a step function over epoch seconds."""

    __slots__ = ("_levels", "_times", "_total")

    def __init__(self, offer: Offer) -> None:
        self._total = offer.total_milli
        self._times = [0]
        self._levels = [0]
        for taken in offer.taken:
            self._add(_epoch(taken.starts_at), _epoch(taken.ends_at), taken.milli)

    def free(self, starts_at: datetime, ends_at: datetime) -> int:
        """Return what is free during the whole of a period."""
        first = bisect_right(self._times, _epoch(starts_at)) - 1
        last = bisect_left(self._times, _epoch(ends_at))
        return self._total - max(self._levels[first:last])

    def short(
        self, starts_at: datetime, ends_at: datetime, milli: int
    ) -> Iterator[tuple[datetime, datetime, int]]:
        """Yield the stretches of a period in which less than an amount is free, and how much is."""
        start, end = _epoch(starts_at), _epoch(ends_at)
        first = bisect_right(self._times, start) - 1
        last = bisect_left(self._times, end)
        borders = [*self._times[first:last], end]
        for index, (begins, until) in enumerate(pairwise(borders), start=first):
            free = self._total - self._levels[index]
            if free < milli:
                yield _moment(max(begins, start)), _moment(until), free

    def take(self, starts_at: datetime, ends_at: datetime, milli: int) -> None:
        """Take capacity for a period."""
        self._add(_epoch(starts_at), _epoch(ends_at), milli)

    def _add(self, start: int, end: int, milli: int) -> None:
        first, last = self._cut(start), self._cut(end)
        for index in range(first, last):
            self._levels[index] += milli

    def _cut(self, moment: int) -> int:
        """Return the index of the step that begins at a moment, making it if need be."""
        index = bisect_left(self._times, moment)
        if index == len(self._times) or self._times[index] != moment:
            self._times.insert(index, moment)
            self._levels.insert(index, self._levels[index - 1])
        return index


def _epoch(moment: datetime) -> int:
    """Return a moment that lies on a whole second as seconds since the Unix epoch."""
    length = moment - EPOCH
    return length.days * 86_400 + length.seconds


def _moment(epoch: int) -> datetime:
    return EPOCH + timedelta(seconds=epoch)
