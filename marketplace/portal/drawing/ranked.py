"""Bars that lie beside their labels, in parts; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace.portal.drawing.contracts import Ranked, Words


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, in per cent of its room."""

    tone: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A bar as it is drawn."""

    label: Words
    parts: tuple[Part, ...]
    text: str
    address: str


def draw_ranked(ranked: Ranked) -> list[RankedRow]:
    """Return the bars, the longest one as wide as there is room."""
    sums = [sum(Decimal(value) for _tone, value in row.parts) for row in ranked.rows]
    longest = max(sums, default=Decimal(0)) or Decimal(1)
    return [
        RankedRow(row.label, tuple(_parts(row.parts, longest)), row.text, row.address)
        for row in ranked.rows
    ]


def _parts(parts: Sequence[tuple[str, Decimal | int]], longest: Decimal) -> list[Part]:
    drawn, begin = [], Decimal(0)
    for tone, value in parts:
        width = Decimal(value) / longest * 100
        drawn.append(Part(tone, f"{begin:.2f}%", f"{width:.2f}%"))
        begin += width
    return drawn
