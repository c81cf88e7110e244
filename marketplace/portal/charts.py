"""Small drawings made on the server: sparklines and histograms as plain SVG numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace.portal import figures

SPARK_WIDTH = 90
SPARK_HEIGHT = 36


@dataclass(frozen=True, slots=True)
class Spark:
    """The line of a sparkline and the area under it."""

    line: str
    area: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram, in a drawing of 100 by 44."""

    x: str
    y: str
    width: str
    height: str
    is_inside: bool
    label: str


def spark(values: Sequence[Decimal | int]) -> Spark | None:
    """Draw the course of some values; None if there are too few to show one."""
    if len(values) < 2:
        return None
    low, high = Decimal(min(values)), Decimal(max(values))
    spread = high - low or Decimal(1)
    step = Decimal(SPARK_WIDTH) / (len(values) - 1)
    inner = SPARK_HEIGHT - 6
    points = [
        f"{step * place:.1f},{SPARK_HEIGHT - 3 - (Decimal(value) - low) / spread * inner:.1f}"
        for place, value in enumerate(values)
    ]
    line = " ".join(points)
    return Spark(line, f"0,{SPARK_HEIGHT} {line} {SPARK_WIDTH},{SPARK_HEIGHT}")


def histogram(counts: Sequence[tuple[str, int, bool]]) -> list[Bar]:
    """Draw counts as bars; each comes with its label and whether it is inside the chosen range."""
    if not counts:
        return []
    highest = max(1, *(count for _, count, _ in counts))
    width = Decimal(100) / len(counts)
    bars = []
    for place, (label, count, is_inside) in enumerate(counts):
        height = Decimal(42) * count / highest + (2 if count else 0)
        bars.append(
            Bar(
                x=f"{width * place + Decimal('0.4'):.2f}",
                y=f"{44 - height:.2f}",
                width=f"{width - Decimal('0.8'):.2f}",
                height=f"{height:.2f}",
                is_inside=is_inside,
                label=label,
            )
        )
    return bars


def shares(hours: Sequence[tuple[datetime, int]]) -> list[Bar]:
    """Draw shares in per cent by the hour; a full bar is everything free."""
    width = Decimal(100) / max(len(hours), 1)
    return [
        Bar(
            x=f"{width * place + Decimal('0.4'):.2f}",
            y=f"{44 - Decimal(44) * share / 100:.2f}",
            width=f"{width - Decimal('0.8'):.2f}",
            height=f"{Decimal(44) * share / 100:.2f}",
            is_inside=share > 0,
            label=f"{figures.local(hour):%H:%M} {share}%",
        )
        for place, (hour, share) in enumerate(hours)
    ]
