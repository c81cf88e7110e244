"""Cells that are the darker the more they hold; one row is a strip of hours. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from marketplace.portal import figures
from marketplace.portal.drawing.contracts import Figure, Heat, Words

LABELS: Final = 68
ROW: Final = 24
FOOT: Final = 20
PALEST: Final = Decimal("0.06")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; its shade is empty where there is no figure."""

    x: str
    shade: str
    text: str


@dataclass(frozen=True, slots=True)
class CellRow:
    """The cells beside one label."""

    label: Words
    y: int
    middle: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class HeatDrawing:
    """A drawing of a given width."""

    width: int
    height: int
    cell_width: str
    cell_height: int
    rows: tuple[CellRow, ...]
    below: tuple[tuple[str, str], ...]
    labels: int = LABELS


def draw_heat(heat: Heat, *, width: int = 720) -> HeatDrawing:
    """Return the cells of a heat map for one width."""
    pitch = Decimal(width - LABELS) / max(1, len(heat.columns))
    every = max(1, -(-len(heat.columns) * 44 // (width - LABELS)))
    rows = tuple(
        CellRow(
            label=label,
            y=ROW * at,
            middle=ROW * at + ROW // 2 + 4,
            cells=tuple(
                Cell(
                    f"{LABELS + pitch * place:.1f}",
                    _shade(value, heat),
                    f"{label} {heat.columns[place]} · {_written(value, heat)}",
                )
                for place, value in enumerate(values)
            ),
        )
        for at, (label, values) in enumerate(heat.rows)
    )
    below = tuple(
        (f"{LABELS + pitch * (place + Decimal('0.5')):.1f}", heat.columns[place])
        for place in range(0, len(heat.columns), every)
    )
    return HeatDrawing(
        width=width,
        height=ROW * len(rows) + FOOT,
        cell_width=f"{max(pitch - 2, pitch / 2):.1f}",
        cell_height=ROW - 2,
        rows=rows,
        below=below,
    )


def _shade(value: Figure, heat: Heat) -> str:
    if value is None:
        return ""
    share = min(Decimal(1), max(Decimal(0), Decimal(value) / (heat.most or 1)))
    return f"{PALEST + share * (1 - PALEST):.2f}"


def _written(value: Figure, heat: Heat) -> str:
    return "—" if value is None else f"{figures.grouped(value, heat.digits)}{heat.unit}"
