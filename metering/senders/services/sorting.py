"""The series of a request are sorted: what each counts for, what nobody reads, what is refused."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings

from metering.rules import microseconds
from metering.senders.contracts import SampleRefusal, SamplesTaken, Unmapped
from metering.senders.counting import Sample
from metering.senders.definitions import Followed, MappingBook
from metering.senders.wire.series import Growth, SentBatch, SentSeries


@dataclass(frozen=True, slots=True)
class SampleSpan:
    """Between which moments samples are taken; in microseconds."""

    earliest: int
    latest: int

    @classmethod
    def at(cls, now: datetime) -> Self:
        """Return the span for what arrives at a moment: that of readings."""
        age = timedelta(days=settings.METERING_READING_AGE_DAYS_MAX)
        skew = timedelta(seconds=settings.METERING_CLOCK_SKEW_SECONDS_MAX)
        return cls(microseconds(now - age), microseconds(now + skew))

    def refusal(self, starts_at: int, ends_at: int) -> SampleRefusal | None:
        """Return why what lies between two moments is not taken."""
        if ends_at > self.latest:
            return SampleRefusal.FUTURE
        return SampleRefusal.OLD if starts_at < self.earliest else None


@dataclass(slots=True)
class Following:
    """A series that counts, with what came of it."""

    followed: Followed
    samples: list[Sample] = field(default_factory=list)
    growths: list[Growth] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many samples came."""
        return len(self.samples) + len(self.growths)


@dataclass(slots=True)
class Unread:
    """A metric that counts for nothing, with how its last series looked."""

    series: SentSeries
    reason: Unmapped
    samples: int = 0
    last_value: str = ""


@dataclass(slots=True)
class Sorted:
    """A request, sorted."""

    followed: dict[str, Following] = field(default_factory=dict)
    unread: dict[tuple[str, str], Unread] = field(default_factory=dict)


def sort(batch: SentBatch, book: MappingBook, *, span: SampleSpan, taken: SamplesTaken) -> Sorted:
    """Sort a request by what a provider's mappings say, and count what is not taken."""
    found = Sorted()
    for series in batch.series:
        _sort_series(found, series, series.samples, [], book, taken, span)
    for series, growths in batch.growths:
        _sort_series(found, series, [], growths, book, taken, span)
    return found


def _sort_series(
    found: Sorted,
    series: SentSeries,
    samples: list[Sample],
    growths: list[Growth],
    book: MappingBook,
    taken: SamplesTaken,
    span: SampleSpan,
) -> None:
    taken.series += 1
    targets, reason = book.match(series.metric, series.labels, series.kind)
    if reason is not None:
        count = len(samples) + len(growths)
        taken.unmapped += count
        unread = found.unread.setdefault((series.metric, reason), Unread(series, reason))
        unread.series, unread.samples = series, unread.samples + count
        shown = [*(each.value for each in samples), *(each.value for each in growths)]
        unread.last_value = shown[-1] if shown else ""
        return
    good = [each for each in samples if _is_good(span, each.moment, each.moment, taken)]
    grown = [each for each in growths if _is_good(span, each.starts_at, each.ends_at, taken)]
    for target in targets:
        following = found.followed.setdefault(target.key, Following(target))
        following.samples += good
        following.growths += grown


def _is_good(span: SampleSpan, starts_at: int, ends_at: int, taken: SamplesTaken) -> bool:
    refusal = span.refusal(starts_at, ends_at)
    if refusal is not None:
        taken.refused[refusal] += 1
    return refusal is None
