"""What a page says about a chart; how it is drawn is no matter of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise

Words = str | Promise
Figure = Decimal | int | None


class Kind(StrEnum):
    """How series are drawn. A gap in a line is a statement: it is never bridged."""

    LINES = "lines"
    AREA = "area"
    BARS = "bars"
    STACKED = "stacked"


@dataclass(frozen=True, slots=True)
class Series:
    """
    One row of figures.

    `tone` is a class of resources (`ai`, `general`, `hpc`), `voucher`, `bad`, `muted`, or `1` to
    `4` where hue has no meaning; `dash` is empty, `dashed` or `dotted`.
    """

    label: Words
    values: Sequence[Figure]
    tone: str = "1"
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A line across the chart that says how far something may go."""

    label: Words
    value: Decimal | int


@dataclass(frozen=True, slots=True)
class Chart:
    """
    Series over the same categories.

    `categories` stand in the table, `short` (if given) below the axis. `digits` are those of the
    figures in the table; the axis takes as many as it needs, and none where `digits` is 0. `unit`
    stands above the axis, and with the figures.
    """

    title: Words
    head: Words
    categories: Sequence[str]
    series: Sequence[Series]
    kind: Kind = Kind.LINES
    short: Sequence[str] = ()
    digits: int | None = None
    limit: Limit | None = None
    from_zero: bool = True
    name: str = "chart"
    unit: Words = ""

    @property
    def is_empty(self) -> bool:
        """Return whether there is no figure to draw."""
        return all(value is None for each in self.series for value in each.values)

    @property
    def rows(self) -> list[tuple[str, list[Figure]]]:
        """Return the table below the drawing."""
        return [
            (category, [each.values[place] for each in self.series])
            for place, category in enumerate(self.categories)
        ]


@dataclass(frozen=True, slots=True)
class Heat:
    """Shares from nothing to `most`, a row for each label, a cell for each column."""

    title: Words
    head: Words
    columns: Sequence[str]
    rows: Sequence[tuple[Words, Sequence[Figure]]]
    most: Decimal | int = 100
    unit: str = ""
    digits: int | None = None
    name: str = "heat"


@dataclass(frozen=True, slots=True)
class Row:
    """One bar of a ranking: its parts in their tones, and what is written after it."""

    label: Words
    parts: Sequence[tuple[str, Decimal | int]]
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Bars that lie, longest as wide as there is room."""

    rows: Sequence[Row] = field(default_factory=tuple)
