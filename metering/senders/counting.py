"""
What the samples of a series say was counted, and how that is cut at the edges of windows. Pure.

Exact: moments are whole microseconds since the epoch, quantities decimals. The arithmetic is the
agent's to the last digit, so that it does not matter which of the two followed a series.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final

from metering.senders.contracts import Reads

SECOND: Final = 1_000_000
PLACES: Final = Decimal(1).scaleb(-9)
EXACT: Final = Context(prec=60)
QUANTITY_MAX: Final = Decimal(10) ** 15  # what is taken in one reading
STALE: Final = "stale"  # the series is over for now: Prometheus' own marker


@dataclass(frozen=True, slots=True)
class Sample:
    """
    What a series showed at a moment: a number in decimal digits, `nan`, or `stale`.

    `began_at` is since when a counter counts, where its sender says so; 0 where it does not.
    """

    moment: int
    value: str
    began_at: int = 0


@dataclass(frozen=True, slots=True)
class CountedStretch:
    """What was counted from one moment to another."""

    starts_at: int
    ends_at: int
    quantity: Decimal


@dataclass(slots=True)
class SeriesPlace:
    """
    Up to where a series was followed.

    `passed_at` is the latest moment that was looked at; the baseline is the latest sample that a
    difference can be taken to, and is kept as the sender wrote it.
    """

    passed_at: int | None = None
    base_at: int | None = None
    base_value: str = ""
    odd: Counter[str] = field(default_factory=Counter)


def exact_number(value: Decimal) -> Decimal | None:
    """Return a value to nine places, or nothing where it is no number that can be counted."""
    if not value.is_finite() or abs(value) >= QUANTITY_MAX:
        return None
    return value.quantize(PLACES, rounding=ROUND_HALF_EVEN, context=EXACT)


def number_of(value: str, factor: Decimal) -> Decimal | None:
    """Return what a sample counts in the meter's unit; nothing where it says nothing."""
    try:
        number = exact_number(EXACT.multiply(Decimal(value), factor))
    except InvalidOperation:
        return None
    return None if number is None or number < 0 else number


def follow_series(
    place: SeriesPlace,
    samples: Iterable[Sample],
    *,
    reads: Reads,
    factor: Decimal,
    gap_seconds: int,
) -> Iterator[CountedStretch]:
    """
    Yield what was counted between samples, given in the order of time, and move the place.

    Samples that lie behind the place say nothing new. Not-a-number, infinities and what is below
    zero say nothing at all; a marker of staleness ends what stands for a while.
    """
    step = _counter if reads is Reads.COUNTER else _level
    gap = gap_seconds * SECOND
    for sample in samples:
        if place.passed_at is not None and sample.moment <= place.passed_at:
            place.odd["behind"] += 1
            continue
        place.passed_at = sample.moment
        if sample.value == STALE:
            place.odd["stale"] += 1
            if reads is not Reads.COUNTER:
                place.base_at = None
            continue
        stretch = _stepped(step, place, _as_read(sample, reads), factor, gap)
        if stretch is not None:
            yield stretch


def _as_read(sample: Sample, reads: Reads) -> Sample:
    """Return a series that is only there or not as one that shows 1 while it is there."""
    return Sample(sample.moment, "1") if reads is Reads.PRESENT else sample


_Step = Callable[["SeriesPlace", Sample, Decimal, Decimal, int], "CountedStretch | None"]


def _stepped(
    step: _Step, place: SeriesPlace, sample: Sample, factor: Decimal, gap: int
) -> CountedStretch | None:
    value = number_of(sample.value, factor)
    if value is None:
        place.odd["not_numbers"] += 1
        return None
    before = number_of(place.base_value, factor) if place.base_at is not None else None
    stretch = step(place, sample, value, before, gap) if before is not None else None
    place.base_at, place.base_value = sample.moment, sample.value
    return stretch


def _counter(
    place: SeriesPlace, sample: Sample, value: Decimal, before: Decimal, gap: int
) -> CountedStretch | None:
    """Follow a counter. One that fell, or says that it began anew, shows all since then."""
    assert place.base_at is not None
    has_restarted = value < before or sample.began_at > place.base_at
    if has_restarted:
        place.odd["resets"] += 1
    elif sample.moment - place.base_at > gap:
        place.odd["gaps"] += 1
    counted = value if has_restarted else EXACT.subtract(value, before)
    return CountedStretch(place.base_at, sample.moment, counted)


def _level(
    place: SeriesPlace,
    sample: Sample,
    value: Decimal,  # noqa: ARG001 - it counts from now on
    before: Decimal,
    gap: int,
) -> CountedStretch | None:
    """Follow a value that stands until the next sample; time that nobody watched counts nothing."""
    assert place.base_at is not None
    lasted = sample.moment - place.base_at
    if lasted > gap:
        place.odd["gaps"] += 1
        return None
    held = EXACT.multiply(before, Decimal(lasted)).scaleb(-6, context=EXACT)
    quantity = held.quantize(PLACES, rounding=ROUND_HALF_EVEN, context=EXACT)
    return CountedStretch(place.base_at, sample.moment, quantity)


def cut_by_windows(stretch: CountedStretch, *, window_seconds: int) -> Iterator[CountedStretch]:
    """
    Cut a stretch at the edges of windows, which are counted from the epoch.

    The pieces add up to the whole to the last digit: each is what is counted until its end, less
    what was counted until its start.
    """
    length = window_seconds * SECOND
    whole = Decimal(stretch.ends_at - stretch.starts_at)
    start, given = stretch.starts_at, Decimal(0)
    while start < stretch.ends_at:
        end = min((start // length + 1) * length, stretch.ends_at)
        until = stretch.quantity
        if end != stretch.ends_at:
            passed = EXACT.multiply(stretch.quantity, Decimal(end - stretch.starts_at))
            until = EXACT.divide(passed, whole).quantize(PLACES, rounding=ROUND_DOWN, context=EXACT)
        yield CountedStretch(start, end, EXACT.subtract(until, given))
        start, given = end, until
