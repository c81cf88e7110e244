"""Lines, areas, bars and stacks as places and paths of an SVG drawing; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from marketplace.portal import figures
from marketplace.portal.drawing.contracts import Chart, Figure, Kind, Series
from marketplace.portal.drawing.scales import Scale, mark_text, scale

TOP: Final = 10
UNIT_ROOM: Final = 16  # above the axis, where it names its unit
FOOT: Final = 24
RIGHT: Final = 10
DIGIT_WIDTH: Final = 7
LABEL_WIDTH: Final = 76  # what a word below the axis needs
BAR_MAX: Final = 34
GAP: Final = Decimal("0.28")  # share of a category that is left free between bars


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside or below the drawing."""

    x: str
    y: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """The course of a series, in pieces where figures are missing."""

    tone: str
    dash: str
    path: str
    area: str
    points: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar and what it says when pointed at."""

    tone: str
    x: str
    y: str
    width: str
    height: str
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of a given size."""

    width: int
    height: int
    left: int
    right: int
    base: str
    across: tuple[Mark, ...]
    below: tuple[Mark, ...]
    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    limit_y: str
    unit: str


@dataclass(frozen=True, slots=True)
class _Frame:
    chart: Chart
    scale: Scale
    width: int
    height: int
    left: int

    @property
    def pitch(self) -> Decimal:
        """Return how wide a category is."""
        return Decimal(self.width - RIGHT - self.left) / max(1, len(self.chart.categories))

    def x(self, place: int) -> Decimal:
        """Return the middle of a category."""
        return self.left + self.pitch * (place + Decimal("0.5"))

    def y(self, value: Decimal | int) -> Decimal:
        """Return how far from the top a figure lies."""
        top = TOP + (UNIT_ROOM if self.chart.unit else 0)
        high = self.height - FOOT - top
        return top + high * (1 - self.scale.share(value))


def draw(chart: Chart, *, width: int = 720, height: int = 240) -> Plot:
    """Return the drawing of a chart for one width; a narrow one is drawn anew, never scaled."""
    axis = scale(
        _extremes(chart),
        from_zero=chart.from_zero or chart.kind in _FROM_ZERO,
        is_whole=chart.digits == 0,
    )
    texts = [mark_text(value, axis.step) for value in axis.marks]
    left = max(len(text) for text in texts) * DIGIT_WIDTH + 10
    frame = _Frame(chart, axis, width, height, left)
    across = tuple(
        Mark(str(left - 8), _at(frame.y(value)), text, "end")
        for value, text in zip(axis.marks, texts, strict=True)
    )
    is_bars = chart.kind in (Kind.BARS, Kind.STACKED)
    return Plot(
        width=width,
        height=height,
        left=left,
        right=width - RIGHT,
        base=_at(frame.y(max(axis.low, Decimal(0)) if axis.high >= 0 else axis.high)),
        across=across,
        below=tuple(_below(frame)),
        lines=() if is_bars else tuple(_line(frame, each) for each in chart.series),
        bars=tuple(_bars(frame)) if is_bars else (),
        limit_y=_at(frame.y(chart.limit.value)) if chart.limit else "",
        unit=str(chart.unit),
    )


_FROM_ZERO: Final = frozenset({Kind.BARS, Kind.STACKED, Kind.AREA})


def _at(number: Decimal) -> str:
    return f"{number:.1f}"


def _extremes(chart: Chart) -> Iterator[Decimal | int]:
    if chart.limit:
        yield chart.limit.value
    if chart.kind is Kind.STACKED:
        for _category, values in chart.rows:
            yield sum(value for value in values if value is not None and value > 0)
        return
    yield from (value for each in chart.series for value in each.values if value is not None)


def _below(frame: _Frame) -> Iterator[Mark]:
    """Yield as many words below the axis as have room, the first one among them."""
    words = frame.chart.short or frame.chart.categories
    room = max(1, (frame.width - frame.left) // LABEL_WIDTH)
    every = max(1, -(-len(words) // room))
    for place in range(0, len(words), every):
        yield Mark(_at(frame.x(place)), str(frame.height - 6), words[place])


def _line(frame: _Frame, series: Series) -> Line:
    pieces = list(_pieces(frame, series.values))
    path = "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in piece)}" for piece in pieces)
    base = frame.y(frame.scale.low)
    area = "".join(
        f"M{piece[0][0]:.1f} {base:.1f}L{'L'.join(f'{x:.1f} {y:.1f}' for x, y in piece)}"
        f"L{piece[-1][0]:.1f} {base:.1f}Z"
        for piece in pieces
    )
    points = tuple(
        (_at(frame.x(place)), _at(frame.y(value)), _said(frame.chart, place, series, value))
        for place, value in enumerate(series.values)
        if value is not None
    )
    return Line(series.tone, series.dash, path, area if _has_area(frame.chart) else "", points)


def _has_area(chart: Chart) -> bool:
    return chart.kind is Kind.AREA


def _pieces(frame: _Frame, values: Sequence[Figure]) -> Iterator[list[tuple[Decimal, Decimal]]]:
    """Yield the unbroken stretches of a series."""
    known = [place for place, value in enumerate(values) if value is not None]
    breaks = [at for at, (one, two) in enumerate(pairwise(known), 1) if two != one + 1]
    for start, end in pairwise([0, *breaks, len(known)]):
        piece = [(frame.x(at), frame.y(values[at] or 0)) for at in known[start:end]]
        if piece:
            yield piece


def _bars(frame: _Frame) -> Iterator[Bar]:
    count = 1 if frame.chart.kind is Kind.STACKED else len(frame.chart.series)
    room = frame.pitch * (1 - GAP)
    width = min(room / count, Decimal(BAR_MAX))
    for place in range(len(frame.chart.categories)):
        left = frame.x(place) - width * count / 2
        floor = Decimal(0)
        for at, series in enumerate(frame.chart.series):
            value = series.values[place]
            if not value:
                continue
            is_stacked = frame.chart.kind is Kind.STACKED
            bottom = floor if is_stacked else Decimal(0)
            low, high = sorted((frame.y(bottom), frame.y(bottom + value)))
            yield Bar(
                series.tone,
                _at(left if is_stacked else left + width * at),
                _at(low),
                _at(width),
                _at(high - low),
                _said(frame.chart, place, series, value),
            )
            floor += value if is_stacked else 0


def _said(chart: Chart, place: int, series: Series, value: Decimal | int) -> str:
    figure = f"{figures.grouped(value, chart.digits)} {chart.unit}".rstrip()
    return f"{chart.categories[place]} · {series.label}: {figure}"
