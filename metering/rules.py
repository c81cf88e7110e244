"""
Measuring, as arithmetic: windows, bounds, and the measuring rules by version. Pure.

A measurement rule's definition names the version by which its windows are measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from common.money import EXACT
from common.rulebooks import Rulebook
from metering import measure_1, measure_2
from metering.contracts import CapacityLine, UnlikeLines
from metering.measure_1 import (
    EPOCH,
    HOURS_DIGITS,
    MICROSECOND,
    WindowSum,
    canonical_line,
    factor_for,
    measure,
    microseconds,
    native_hours,
    standard_hours,
)

__all__ = [
    "EPOCH",
    "FACTOR_MAX",
    "HOURS_DIGITS",
    "QUANTITY_DIGITS",
    "QUANTITY_PLACES",
    "READING_DIGITS",
    "RULES",
    "STORED",
    "canonical_line",
    "crosses_window",
    "exceeds_capacity",
    "factor_for",
    "is_storable",
    "measure",
    "microseconds",
    "native_hours",
    "standard_hours",
    "total_capacity",
    "window_start",
]

QUANTITY_DIGITS: Final = 26  # before the point, of sums
READING_DIGITS: Final = 15  # before the point, of one reading: 10¹¹ of them still fit a sum
FACTOR_MAX: Final = Decimal(10_000)  # no unit of capacity is worth more reference cards
QUANTITY_PLACES: Final = 12
STORED: Final = Decimal(1).scaleb(-QUANTITY_PLACES)


@dataclass(frozen=True, slots=True)
class MeasuringRule:
    """One version: the sum and hash of readings, hours of unit-seconds, and a figure's factor."""

    measure: Callable[..., WindowSum]
    native_hours: Callable[[Decimal], Decimal]
    standard_hours: Callable[[Decimal, Decimal], Decimal]
    factor_for: Callable[[Decimal], Decimal]


RULES: Final = Rulebook(
    "measuring",
    {
        measure_1.NAME: MeasuringRule(measure, native_hours, standard_hours, factor_for),
        measure_2.NAME: MeasuringRule(
            measure_2.measure_as_one, native_hours, standard_hours, factor_for
        ),
    },
)


def exceeds_capacity(
    quantity: Decimal, *, total_milli: int, duration: timedelta, per_second: Decimal = Decimal(1)
) -> bool:
    """Return whether so many unit-seconds are more than the capacity yields in that time."""
    # milli-units × microseconds = unit-seconds × 10⁹: whole numbers, nothing is divided.
    limit = EXACT.multiply(Decimal(total_milli * (duration // MICROSECOND)), per_second)
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
