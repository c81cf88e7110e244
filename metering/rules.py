"""Measuring, as arithmetic: windows, sums, conversions and the hash of what went in. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final

from common import canonical
from common.money import EXACT
from metering.contracts import CapacityLine, Reading, UnlikeLines

SECONDS_PER_HOUR: Final = 3600
HOURS_DIGITS: Final = Decimal("0.000000001")
FACTOR_DIGITS: Final = Decimal("0.000001")
# One standard hour is one hour of the dense FP16 nameplate of one A100 80GB.
REFERENCE_TFLOPS: Final = Decimal(312)
QUANTITY_DIGITS: Final = 26  # before the point, of sums
READING_DIGITS: Final = 15  # before the point, of one reading: 10¹¹ of them still fit a sum
FACTOR_MAX: Final = Decimal(10_000)  # no unit of capacity is worth more reference cards
QUANTITY_PLACES: Final = 12
STORED: Final = Decimal(1).scaleb(-QUANTITY_PLACES)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Measure:
    """The sum of a window's readings, and the fingerprint of exactly those readings."""

    quantity: Decimal
    reading_count: int
    inputs_hash: str


def microseconds(moment: datetime) -> int:
    """Return a moment as whole microseconds since the Unix epoch."""
    return (moment - EPOCH) // MICROSECOND


def canonical_line(reading: Reading) -> str:
    """
    Write a reading as one line for the hash of a window's inputs.

    Sources and ids hold no control characters, so the tabs cannot be forged.
    """
    return "\t".join(
        (
            reading.source,
            reading.event_id,
            str(microseconds(reading.starts_at)),
            str(microseconds(reading.ends_at)),
            canonical.decimal_text(reading.quantity),
        )
    )


def measure(readings: Iterable[Reading]) -> Measure:
    """Sum the distinct readings of one window and subject; order and repetition change nothing."""
    distinct = {(reading.source, reading.event_id): reading for reading in readings}
    total = Decimal(0)
    for reading in distinct.values():
        total = EXACT.add(total, reading.quantity)
    lines = sorted(canonical_line(reading).encode() for reading in distinct.values())
    return Measure(total, len(lines), hashlib.sha256(b"\n".join(lines)).hexdigest())


def native_hours(unit_seconds: Decimal) -> Decimal:
    """Return unit-seconds as unit-hours, rounded once to nine digits, half to even."""
    hours = EXACT.divide(unit_seconds, Decimal(SECONDS_PER_HOUR))
    return hours.quantize(HOURS_DIGITS, rounding=ROUND_HALF_EVEN, context=EXACT)


def standard_hours(unit_seconds: Decimal, factor: Decimal) -> Decimal:
    """Return unit-seconds as standard hours, rounded once to nine digits, half to even."""
    hours = EXACT.divide(EXACT.multiply(unit_seconds, factor), Decimal(SECONDS_PER_HOUR))
    return hours.quantize(HOURS_DIGITS, rounding=ROUND_HALF_EVEN, context=EXACT)


def factor_for(tflops: Decimal) -> Decimal:
    """Return the conversion factor of a dense FP16 figure, to six digits, half up."""
    return EXACT.divide(tflops, REFERENCE_TFLOPS).quantize(
        FACTOR_DIGITS, rounding=ROUND_HALF_UP, context=EXACT
    )


def exceeds_capacity(quantity: Decimal, *, total_milli: int, duration: timedelta) -> bool:
    """Return whether so many unit-seconds are more than the capacity yields in that time."""
    # milli-units × microseconds = unit-seconds × 10⁹: whole numbers, nothing is divided.
    limit = total_milli * (duration // MICROSECOND)
    return quantity.scaleb(9, context=EXACT) > limit


def crosses_window(starts_at: datetime, ends_at: datetime, *, seconds: int) -> bool:
    """Return whether a reading lies in more than one window of that length."""
    length = seconds * 1_000_000
    return microseconds(starts_at) // length != (microseconds(ends_at) - 1) // length


def window_start(moment: datetime, *, seconds: int) -> datetime:
    """Return when the window that holds a moment began, counted from the Unix epoch."""
    whole = microseconds(moment) // 1_000_000 // seconds * seconds
    return EPOCH + timedelta(seconds=whole)


def total_capacity(lines: Sequence[CapacityLine]) -> CapacityLine:
    """
    Add capacity figures of one kind.

    :raises UnlikeLines: if precision, density, path or unit differ: 1 EFLOPS of FP16 and 2 of INT8
        are not 3 of anything
    """
    kinds = {(line.precision, line.density, line.path, line.unit) for line in lines}
    if len(kinds) != 1:
        raise UnlikeLines
    precision, density, path, unit = kinds.pop()
    total = sum((line.value for line in lines), start=Decimal(0))
    return CapacityLine(precision, density, path, total, unit)


def is_storable(quantity: Decimal) -> bool:
    """Return whether a reading's quantity is finite and has at most 15 digits and 12 places."""
    exponent = quantity.as_tuple().exponent
    if not isinstance(exponent, int):  # NaN and infinities
        return False
    return exponent >= -QUANTITY_PLACES and quantity.adjusted() < READING_DIGITS
