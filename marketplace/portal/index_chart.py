"""The index as a line of days, drawn on the server: a day without a figure is a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from marketplace.bulletin.rows import IndexRow
from marketplace.portal import figures

LINES: Final = 4
LEFT: Final = 52
RIGHT: Final = 84
TOP: Final = 12
FOOT: Final = 30
LABEL_EVERY: Final = {True: 6, False: 3}


@dataclass(frozen=True, slots=True)
class Point:
    """A published day."""

    x: str
    y: str
    title: str


@dataclass(frozen=True, slots=True)
class ScaleTick:
    """A line of the scale, or a day below it."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class IndexChart:
    """A drawing of `width` by `height`. Neighbouring days are joined, and nothing else is."""

    width: int
    height: int
    lines: tuple[str, ...]
    points: tuple[Point, ...]
    gaps: tuple[str, ...]
    scale: tuple[ScaleTick, ...]
    days: tuple[ScaleTick, ...]
    last: str

    @property
    def base(self) -> int:
        """Return where the days stand."""
        return self.height - FOOT

    @property
    def right(self) -> int:
        """Return where the scale's lines end."""
        return self.width - RIGHT

    @property
    def left(self) -> int:
        """Return where the scale's lines begin."""
        return LEFT


def index_chart(
    series: Sequence[IndexRow], *, width: int = 860, height: int = 280
) -> IndexChart | None:
    """Draw the days of a class in the order of time; None before there is a figure."""
    priced = [row for row in series if row.price is not None]
    if not priced:
        return None
    prices = [row.price for row in priced if row.price is not None]
    low, high = _range(min(prices), max(prices))
    first, span = series[0].day, max((series[-1].day - series[0].day).days, 1)
    inner, depth = width - LEFT - RIGHT, height - TOP - FOOT

    def x_of(days: int) -> Decimal:
        return LEFT + Decimal(inner * days) / span

    def y_of(price: Decimal) -> Decimal:
        return TOP + (high - price) / (high - low) * depth

    points: list[Point] = []
    runs: list[list[str]] = []
    gaps: list[str] = []
    former = None
    by_day = {row.day: row for row in series}
    for at in range(span + 1):
        row = by_day.get(first + timedelta(days=at))
        if row is None or row.price is None:
            gaps.append(f"{x_of(at):.1f}")
            former = None
            continue
        x, y = f"{x_of(at):.1f}", f"{y_of(row.price):.1f}"
        title = f"{row.day} {figures.grouped(row.price, 4)}"
        points.append(Point(x, y, title))
        if former is None:
            runs.append([])
        runs[-1].append(f"{x},{y}")
        former = row
    step = (high - low) / LINES
    every = max(span // LABEL_EVERY[width > 500], 1)
    return IndexChart(
        width=width,
        height=height,
        lines=tuple(" ".join(run) for run in runs if len(run) > 1),
        points=tuple(points),
        gaps=tuple(gaps),
        scale=tuple(
            ScaleTick(f"{y_of(low + step * at):.1f}", figures.grouped(low + step * at, 2))
            for at in range(LINES + 1)
        ),
        days=tuple(
            ScaleTick(f"{x_of(at):.1f}", f"{first + timedelta(days=at):%m-%d}")
            for at in range(0, span + 1, every)
        ),
        last=figures.grouped(prices[-1], 4),
    )


def _range(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """Return the ends of the scale: a little beyond the prices, and never of no height."""
    margin = max((high - low) / 8, high / 100) or Decimal(1)  # Days on which all was free.
    return low - margin, high + margin
