"""
Drawings of homes, as plain numbers for SVG.

Each is stretched to its place (`preserveAspectRatio="none"`), so it holds shapes and no text: words
and numbers stand beside it as text of the page, readable at any width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from marketplace.portal import figures

HEIGHT: Final = 100
SERIES_MAX: Final = 4
STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
HEAT_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle: where, how large, which series, and what it stands for."""

    x: str
    y: str
    width: str
    height: str
    series: int
    label: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Stacked columns with the marks of both axes."""

    pieces: Sequence[Piece]
    marks: Sequence[str]  # from above
    labels: Sequence[str]  # from the left, evenly spread


@dataclass(frozen=True, slots=True)
class DrawnSpan:
    """One thing that lasts: its part of the whole time, how far it is, and its words."""

    label: str
    note: str
    address: str
    x: str
    width: str
    done: str
    now: str


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """Shares of one row, from the left."""

    label: str
    value: str
    pieces: Sequence[Piece]


def columns(
    stacks: Sequence[Sequence[int]],
    names: Sequence[str],
    labels: Sequence[str],
    *,
    per: int = 1,
) -> Columns | None:
    """Draw a column for each name; `per` is how many counted units one of an axis' mark is."""
    highest = max((sum(stack) for stack in stacks), default=0)
    if not highest:
        return None
    top = max(round_up(Decimal(highest) / per), Decimal(2)) * per
    width = Decimal(100) / len(stacks)
    pieces = []
    for place, stack in enumerate(stacks):
        below = Decimal(0)
        for series, value in enumerate(stack):
            height = Decimal(value) * HEIGHT / top
            below += height
            if value:
                piece = _piece(width * place, HEIGHT - below, width, height, series)
                pieces.append(Piece(*piece, series + 1, names[place]))
    marks = [figures.counted(top * part / (2 * per)) for part in (2, 1, 0)]
    return Columns(pieces, marks, labels)


def _piece(
    x: Decimal, y: Decimal, width: Decimal, height: Decimal, _series: int
) -> tuple[str, str, str, str]:
    gap = width / 8
    return f"{x + gap:.2f}", f"{y:.2f}", f"{width - 2 * gap:.2f}", f"{height:.2f}"


def round_up(value: Decimal) -> Decimal:
    """Return the least round number that is not below a value: 1, 2, 2.5, 5 times a power."""
    power = Decimal(10) ** (value.adjusted())
    return next(step * power for step in STEPS if step * power >= value)


def span(
    label: str,
    note: str,
    address: str,
    *,
    within: tuple[datetime, datetime],
    period: tuple[datetime, datetime],
    now: datetime,
) -> DrawnSpan:
    """Draw a period as a part of a longer time."""
    left, right = (_share(moment, within) for moment in period)
    here = _share(now, within)
    done = min(max(here, left), right)
    return DrawnSpan(
        label, note, address, f"{left:.2f}", f"{right - left:.2f}", f"{done - left:.2f}",
        f"{here:.2f}",
    )  # fmt: skip


def _share(moment: datetime, within: tuple[datetime, datetime]) -> Decimal:
    start, end = within
    whole = Decimal((end - start).total_seconds()) or Decimal(1)
    part = Decimal((moment - start).total_seconds()) * 100 / whole
    return min(max(part, Decimal(0)), Decimal(100))


def bar(label: str, value: str, shares: Sequence[int], *, whole: int) -> DrawnBar:
    """Draw shares of a whole beside each other."""
    pieces, x = [], Decimal(0)
    for series, share in enumerate(shares):
        width = Decimal(share) * 100 / max(whole, 1)
        if share:
            pieces.append(Piece(f"{x:.2f}", "0", f"{width:.2f}", "10", series + 1, ""))
        x += width
    return DrawnBar(label, value, pieces)


def heat_step(share: Decimal) -> int:
    """Return the step of a share of one, from 0 for nothing to 5 for nearly all."""
    return 0 if share <= 0 else min(int(share * HEAT_STEPS) + 1, HEAT_STEPS)
