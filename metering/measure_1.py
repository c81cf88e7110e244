"""
The measuring rule `measure-1`: sums, hours, factors, and the hash of what went in. Pure, frozen.

Usage records were made by it: it is never changed. Another way to measure is another file.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final

from common import canonical
from common.money import EXACT
from metering.contracts import Reading

NAME: Final = "measure-1"
SECONDS_PER_HOUR: Final = 3600
HOURS_DIGITS: Final = Decimal("0.000000001")
FACTOR_DIGITS: Final = Decimal("0.000001")
# One standard hour is one hour of the dense FP16 nameplate of one A100 80GB.
REFERENCE_TFLOPS: Final = Decimal(312)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class WindowSum:
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


def measure(readings: Iterable[Reading]) -> WindowSum:
    """Sum the distinct readings of one window and subject; order and repetition change nothing."""
    distinct = {(reading.source, reading.event_id): reading for reading in readings}
    total = Decimal(0)
    for reading in distinct.values():
        total = EXACT.add(total, reading.quantity)
    lines = sorted(canonical_line(reading).encode() for reading in distinct.values())
    return WindowSum(total, len(lines), hashlib.sha256(b"\n".join(lines)).hexdigest())


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
