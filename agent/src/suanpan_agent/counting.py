"""
Counters become what was counted between two moments, and that is cut at the edges of windows.

Exact: moments are whole microseconds, quantities decimals. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from suanpan_agent.moments import SECOND

PLACES: Final = Decimal(1).scaleb(-9)
EXACT: Final = Context(prec=60)
QUANTITY_MAX: Final = Decimal(10) ** 15  # what the market takes in one reading


@dataclass(frozen=True, slots=True)
class Sample:
    """What a series showed at a moment."""

    moment: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was counted from one moment to another."""

    starts_at: int
    ends_at: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """What a sample adds to the one before: the next baseline, a stretch, and what was odd."""

    baseline: Sample
    stretch: Stretch | None = None
    odd: str = ""  # reset, gap, clock, bad


def plain(value: Decimal) -> Decimal | None:
    """Return a value to nine places, or nothing where it is no number that can be counted."""
    if not value.is_finite() or abs(value) >= QUANTITY_MAX:
        return None
    return value.quantize(PLACES, rounding=ROUND_HALF_EVEN, context=EXACT)


def counter_step(before: Sample | None, value: Decimal, moment: int, *, gap: int) -> Step | None:
    """
    Follow a counter; nothing where the sample says nothing (NaN, infinite, negative).

    A counter that fell began anew: all that it shows was counted since. Values are rounded, not
    differences, so that what was rounded never adds up.
    """
    shown = plain(value)
    if shown is None or shown < 0:
        return None
    if before is None:
        return Step(Sample(moment, shown))
    if moment <= before.moment:
        return Step(before, odd="clock")  # The clock was set back: wait until it is past.
    has_restarted = shown < before.value
    counted = shown if has_restarted else EXACT.subtract(shown, before.value)
    odd = "reset" if has_restarted else "gap" if moment - before.moment > gap else ""
    return Step(Sample(moment, shown), Stretch(before.moment, moment, counted), odd)


def gauge_step(before: Sample | None, value: Decimal, moment: int, *, gap: int) -> Step | None:
    """
    Follow a value that stands for a while: it counts for the time until the next sample.

    Time that nobody watched counts nothing: the value then may have been another.
    """
    shown = plain(value)
    if shown is None or shown < 0:
        return None
    if before is None:
        return Step(Sample(moment, shown))
    if moment <= before.moment:
        return Step(before, odd="clock")
    if moment - before.moment > gap:
        return Step(Sample(moment, shown), odd="gap")
    held = EXACT.multiply(before.value, Decimal(moment - before.moment))
    counted = held.scaleb(-6, context=EXACT).quantize(
        PLACES, rounding=ROUND_HALF_EVEN, context=EXACT
    )
    return Step(Sample(moment, shown), Stretch(before.moment, moment, counted))


def cut(stretch: Stretch, *, window_seconds: int) -> Iterator[Stretch]:
    """
    Cut a stretch at the edges of windows, which are counted from the epoch.

    The pieces add up to the whole to the last digit: each is what is counted until its end, less
    what was counted until its start.
    """
    length = window_seconds * SECOND
    whole = stretch.ends_at - stretch.starts_at
    start, given = stretch.starts_at, Decimal(0)
    while start < stretch.ends_at:
        end = min((start // length + 1) * length, stretch.ends_at)
        share = EXACT.divide(
            EXACT.multiply(stretch.quantity, Decimal(end - stretch.starts_at)), Decimal(whole)
        )
        until = share.quantize(PLACES, rounding=ROUND_DOWN, context=EXACT)
        if end == stretch.ends_at:
            until = stretch.quantity
        yield Stretch(start, end, EXACT.subtract(until, given))
        start, given = end, until
