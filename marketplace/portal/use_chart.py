"""The use of an order against what it committed to, drawn on the server."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from marketplace.portal import figures
from marketplace.settlement.selectors import Course

WIDTH: Final = 640
HEIGHT: Final = 190
LEFT: Final = 8
TOP: Final = 22
FOOT: Final = 20
TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class UseBar:
    """One stretch of time: where its bar stands, and what it says."""

    x: str
    y: str
    width: str
    height: str
    label: str
    when: str
    used: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A time below the drawing."""

    x: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class UseChart:
    """Bars of use, the line of what was committed, and where now is."""

    bars: tuple[UseBar, ...]
    ticks: tuple[Tick, ...]
    line_y: str
    now_x: str  # empty outside the time of the order
    committed: str
    bar_length: str
    used_share: Decimal | None
    base_y: int = HEIGHT - FOOT
    width: int = WIDTH
    height: int = HEIGHT


def use_chart(
    course: Course, *, starts_at: datetime, ends_at: datetime, per_second: Decimal, now: datetime
) -> UseChart:
    """
    Draw a course; `per_second` is how many unit-seconds a second were committed.

    Bars and line are in unit-hours a bar. The last bar may be shorter than the others.
    """
    length = ends_at - starts_at
    whole = per_second * course.seconds
    highest = max([whole, *course.unit_seconds]) or Decimal(1)
    plot = HEIGHT - FOOT - TOP
    step = Decimal(WIDTH - LEFT) / len(course.unit_seconds)
    bars = tuple(
        _bar(place, used, course=course, starts_at=starts_at, step=step, scale=plot / highest)
        for place, used in enumerate(course.unit_seconds)
    )
    passed = min(max(now - starts_at, timedelta()), length)
    due = per_second * (Decimal(passed // timedelta(seconds=1)))
    return UseChart(
        bars=bars,
        ticks=tuple(_ticks(course, starts_at=starts_at, step=step)),
        line_y=f"{HEIGHT - FOOT - whole * plot / highest:.1f}",
        now_x=_now(now, starts_at=starts_at, ends_at=ends_at, course=course, step=step),
        committed=figures.grouped(whole / 3600, 2),
        bar_length=figures.duration(course.seconds),
        used_share=sum(course.unit_seconds) / due if due else None,
    )


def _bar(
    place: int,
    used: Decimal,
    *,
    course: Course,
    starts_at: datetime,
    step: Decimal,
    scale: Decimal,
) -> UseBar:
    high = max(used, Decimal(0)) * scale
    when = figures.local(starts_at + timedelta(seconds=place * course.seconds))
    shown = figures.grouped(used / 3600, 2)
    gap = Decimal(1) if step > 4 else Decimal("0.3")
    return UseBar(
        x=f"{LEFT + step * place + gap / 2:.1f}",
        y=f"{HEIGHT - FOOT - high:.1f}",
        width=f"{min(step - gap, Decimal(48)):.1f}",
        height=f"{high:.1f}",
        label=f"{when:%m-%d %H:%M} · {shown}",
        when=f"{when:%Y-%m-%d %H:%M:%S}",
        used=shown,
    )


def _ticks(course: Course, *, starts_at: datetime, step: Decimal) -> list[Tick]:
    """Write the day where it begins or changes, and the time of day otherwise."""
    count = len(course.unit_seconds)
    every = max(1, -(-count // TICKS))
    ticks, day = [], None
    for place in range(0, count, every):
        at = figures.local(starts_at + timedelta(seconds=place * course.seconds))
        form = "%m-%d %H:%M" if at.date() != day else ("%H:%M:%S" if at.second else "%H:%M")
        day = at.date()
        anchor = "start" if place == 0 else "middle"
        ticks.append(Tick(f"{LEFT + step * place:.1f}", f"{at:{form}}", anchor))
    return ticks


def _now(
    now: datetime, *, starts_at: datetime, ends_at: datetime, course: Course, step: Decimal
) -> str:
    if not starts_at <= now < ends_at:
        return ""
    place = Decimal((now - starts_at) // timedelta(seconds=1)) / course.seconds
    return f"{LEFT + step * place:.1f}"
