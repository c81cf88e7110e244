"""
The measuring rule `measure-2`: sums, peaks, latest figures, counts, means. Pure, frozen.

It reads amounts, levels and counters, weighs several metrics of one meter as Slurm does with TRES,
and lets a resource's state decide how much of its use counts. Where a rule asks for nothing of
this, it measures as `measure-1` does. Fractions are exact; a window's quantity is rounded once.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from common import canonical
from common.money import EXACT
from metering.contracts import Aggregate, Combine, Reading, Reads
from metering.measure_1 import WindowSum, canonical_line, microseconds

NAME: Final = "measure-2"
PLACES: Final = 12
ONE: Final = Decimal(1)
NOTHING: Final = Decimal(0)
SECOND: Final = Decimal(1_000_000)  # microseconds
# A counter that was not read in the window before, nor for an hour, begins anew.
LOOK_BACK_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class MeasureTerms:
    """What a definition says about arithmetic; without more, the sum of amounts."""

    reads: Reads = Reads.DELTA
    aggregate: Aggregate = Aggregate.SUM
    window_seconds: int = 3600
    unit: str = ""  # what readings come in where they name no part; "" is whatever they name
    is_time: bool = True  # a level counts for the window's length
    weights: Mapping[str, Decimal] = field(default_factory=dict)  # by the unit of a part
    combine: Combine = Combine.SUM
    multipliers: Mapping[str, Decimal] = field(default_factory=dict)
    increment: Decimal = NOTHING
    minimum: Decimal = NOTHING

    @property
    def look_back(self) -> timedelta:
        """Return how long before a window a counter's figure is still looked for."""
        return timedelta(seconds=max(self.window_seconds, LOOK_BACK_SECONDS))

    def part(self, reading: Reading) -> str:
        """Return which part a reading belongs to, by its unit; "" for the meter's own."""
        return "" if not self.unit or reading.unit == self.unit else reading.unit


@dataclass(frozen=True, slots=True)
class PartSum:
    """One part of a weighted figure, as the record names it."""

    unit: str
    quantity: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class WindowMeasure(WindowSum):
    """The figure of a window and subject, and the parts that it was weighed from."""

    parts: tuple[PartSum, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """A reading, and what it adds: its own figure, or the increase since the one before."""

    reading: Reading
    amount: Decimal
    before: Decimal | None = None


def measure_as_one(readings: Iterable[Reading], terms: MeasureTerms | None = None) -> WindowMeasure:
    """Measure the readings of one window as if they were of one subject."""
    alike = [replace(reading, subject=None) for reading in readings]
    return measure_window(alike, terms or MeasureTerms()).get(None) or _whole(
        (), terms or MeasureTerms()
    )


def measure_window(
    readings: Iterable[Reading], terms: MeasureTerms, *, before: Iterable[Reading] = ()
) -> dict[UUID | None, WindowMeasure]:
    """
    Measure the distinct readings of one window, each subject by itself.

    `before` are the meter's readings from `look_back` before the window on: a counter's increase
    belongs to the later of two readings, whatever the subject of the earlier.
    """
    by_subject: dict[UUID | None, list[_Told]] = {}
    for told in _told(_distinct(readings), _distinct(before), terms):
        by_subject.setdefault(told.reading.subject, []).append(told)
    return {subject: _whole(told, terms) for subject, told in by_subject.items()}


def portion(terms: MeasureTerms, numerator: Decimal, denominator: Decimal) -> Fraction:
    """Return what a part makes; a level of use over time is held for the window's length."""
    value = Fraction(numerator) / Fraction(denominator)
    is_held = terms.reads is Reads.GAUGE and terms.is_time and terms.aggregate is not Aggregate.SUM
    return value * terms.window_seconds if is_held else value


def finish(
    terms: MeasureTerms, portions: Mapping[str, Fraction]
) -> tuple[Decimal, tuple[PartSum, ...]]:
    """Weigh the portions of a window, by part; round once, half to even; then round up."""
    weights = {part: terms.weights.get(part or terms.unit, ONE) for part in portions}
    weighed = [value * Fraction(weights[part]) for part, value in portions.items()]
    if terms.combine is Combine.MAX:
        total = max(weighed, default=Fraction(0))
    else:
        total = sum(weighed, start=Fraction(0))
    parts = (
        PartSum(part or terms.unit, _rounded(value), weights[part])
        for part, value in sorted(portions.items())
        if terms.weights
    )
    return _counted(_rounded(total), terms), tuple(parts)


def _distinct(readings: Iterable[Reading]) -> list[Reading]:
    return list({(reading.source, reading.event_id): reading for reading in readings}.values())


def _order(reading: Reading) -> tuple[int, int, bytes]:
    """Order the readings of one source: by their end, and in the end by their bytes."""
    return microseconds(reading.ends_at), microseconds(reading.starts_at), reading.event_id.encode()


def _told(
    readings: Sequence[Reading], before: Sequence[Reading], terms: MeasureTerms
) -> list[_Told]:
    if terms.reads is not Reads.CUMULATIVE:
        return [_Told(reading, reading.quantity) for reading in readings]
    last = {
        (reading.source, terms.part(reading)): reading.quantity
        for reading in sorted(before, key=_order)
    }
    told = []
    for reading in sorted(readings, key=_order):
        counter = reading.source, terms.part(reading)
        had = last.get(counter)
        last[counter] = reading.quantity
        told.append(_Told(reading, _increase(had, reading.quantity), had))
    return told


def _increase(had: Decimal | None, has: Decimal) -> Decimal:
    """Return what a counter counted since; one that fell began again at nothing."""
    if had is None:
        return NOTHING
    return has if has < had else EXACT.subtract(has, had)


def _whole(told: Sequence[_Told], terms: MeasureTerms) -> WindowMeasure:
    by_part: dict[str, list[_Told]] = {}
    for each in told:
        by_part.setdefault(terms.part(each.reading), []).append(each)
    portions = {
        part: portion(terms, *_AGGREGATES[terms.aggregate](inside, terms))
        for part, inside in by_part.items()
    }
    quantity, parts = finish(terms, portions)
    lines = sorted(_line(each, terms).encode() for each in told)
    digest = hashlib.sha256(b"\n".join(lines)).hexdigest()
    return WindowMeasure(quantity, len(lines), digest, parts)


def _line(told: _Told, terms: MeasureTerms) -> str:
    """Write a reading for the hash: with part and state, and where its counter stood before."""
    reading = told.reading
    columns = [canonical_line(reading)]
    if terms.part(reading) or reading.state:
        columns += [terms.part(reading), reading.state]
    if terms.reads is Reads.CUMULATIVE:
        columns.append("" if told.before is None else canonical.decimal_text(told.before))
    return "\t".join(columns)


def _value(told: _Told, terms: MeasureTerms) -> Decimal:
    """Return how much of a reading counts in the state that its resource was in."""
    return EXACT.multiply(told.amount, terms.multipliers.get(told.reading.state, ONE))


def _length(told: _Told) -> int:
    return microseconds(told.reading.ends_at) - microseconds(told.reading.starts_at)


def _over_time(told: Sequence[_Told], terms: MeasureTerms) -> Decimal:
    total = NOTHING
    for each in told:
        total = EXACT.add(total, EXACT.multiply(_value(each, terms), Decimal(_length(each))))
    return total


def _sum(told: Sequence[_Told], terms: MeasureTerms) -> tuple[Decimal, Decimal]:
    if terms.reads is Reads.GAUGE:
        return _over_time(told, terms), SECOND
    total = NOTHING
    for each in told:
        total = EXACT.add(total, _value(each, terms))
    return total, ONE


def _max(told: Sequence[_Told], terms: MeasureTerms) -> tuple[Decimal, Decimal]:
    return max(_value(each, terms) for each in told), ONE


def _latest(told: Sequence[_Told], terms: MeasureTerms) -> tuple[Decimal, Decimal]:
    last = max(told, key=lambda each: (*_order(each.reading)[:2], *_name(each.reading)))
    return _value(last, terms), ONE


def _name(reading: Reading) -> tuple[bytes, bytes]:
    return reading.source.encode(), reading.event_id.encode()


def _unique(told: Sequence[_Told], terms: MeasureTerms) -> tuple[Decimal, Decimal]:
    return Decimal(len({each.reading.source for each in told if _value(each, terms)})), ONE


def _mean(told: Sequence[_Told], terms: MeasureTerms) -> tuple[Decimal, Decimal]:
    return _over_time(told, terms), Decimal(sum(_length(each) for each in told))


_AGGREGATES: Final[
    Mapping[Aggregate, Callable[[Sequence[_Told], MeasureTerms], tuple[Decimal, Decimal]]]
] = {
    Aggregate.SUM: _sum,
    Aggregate.MAX: _max,
    Aggregate.LATEST: _latest,
    Aggregate.UNIQUE: _unique,
    Aggregate.TIME_WEIGHTED_MEAN: _mean,
}


def _rounded(value: Fraction) -> Decimal:
    return Decimal(round(value * 10**PLACES)).scaleb(-PLACES, context=EXACT)


def _counted(quantity: Decimal, terms: MeasureTerms) -> Decimal:
    """Return what counts of a use: no less than the minimum, and whole increments; nothing is 0."""
    if not quantity:
        return quantity
    least = max(quantity, terms.minimum)
    if not terms.increment:
        return least
    whole = -(-Fraction(least) // Fraction(terms.increment))
    return EXACT.multiply(Decimal(whole), terms.increment)
