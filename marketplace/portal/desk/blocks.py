"""What a page shows: tables, facts, notes. Plain values: nothing is asked while it is drawn."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from marketplace.portal.drawing import Chart, Heat, Ranked
from marketplace.portal.tables import BoundTable

Text = str | Promise
NUMBER, STATE, ACT = "number", "state", "act"
MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page leads on; `about` says of what, to those who hear the page."""

    label: Text
    address: str
    symbol: str = ""
    tone: str = ""  # primary or danger
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with its second line; with a tone it is a tag, with an address it leads there."""

    text: Text = ""
    note: Text = ""
    address: str = ""
    tone: str = ""
    symbol: str = ""
    is_code: bool = False
    copied: str = ""  # what its button copies
    links: Sequence[Link] = ()

    @property
    def is_moment(self) -> bool:
        """Return whether it is a moment, as `figures.moment` writes it: it stands on one line."""
        return isinstance(self.text, str) and MOMENT.match(self.text) is not None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; on phones its label stands before each value."""

    label: Text
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What is said where a table has no rows."""

    title: Text
    text: Text
    symbol: str = "inbox"
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of what one record holds, and what is said when it is empty."""

    template: ClassVar[str] = "portal/desk/sheet.html"
    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: Empty

    @property
    def lines(self) -> Iterator[list[tuple[Column, Cell]]]:
        """Yield each row with the columns of its cells."""
        for row in self.rows:
            yield list(zip(self.columns, row, strict=True))


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with its filters, order and files, and what is said when it has no rows."""

    template: ClassVar[str] = "portal/desk/listed.html"
    table: BoundTable
    empty: Empty
    title: Text = ""  # where a page has more than this list


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so, line by line."""

    template: ClassVar[str] = "portal/desk/facts.html"
    title: Text
    pairs: Sequence[tuple[Text, Cell]]
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code of an address, the address to copy, and where it leads."""

    template: ClassVar[str] = "portal/desk/qr_code.html"
    title: Text
    picture: SafeString
    address: str
    told: Text = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that must not be missed."""

    template: ClassVar[str] = "portal/desk/note.html"
    text: Text
    tone: str = "info"
    copied: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """What something says in plain words, or what happens next, in order."""

    template: ClassVar[str] = "portal/desk/steps.html"
    title: Text
    lines: Sequence[Text]
    told: Text = ""
    marks: Sequence[bool] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure in large, what it means, and where its lines are."""

    label: Text
    value: Text
    note: Text = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The figures that a page answers with."""

    template: ClassVar[str] = "portal/desk/figures.html"
    figures: Sequence[KeyFigure]


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart or a heat map with the table of its figures, or bars in the order of their length."""

    template: ClassVar[str] = "portal/desk/charted.html"
    title: Text
    chart: Chart | None = None
    ranked: Ranked | None = None
    told: Text = ""
    heat: Heat | None = None
    is_wide: bool = False  # it has the whole page to itself


@dataclass(frozen=True, slots=True)
class Moving:
    """How far work in the background is; the part renews itself while it lasts."""

    template: ClassVar[str] = "portal/desk/moving.html"
    title: Text
    percent: int
    told: Text
    address: str  # of the part alone
    stop: str = ""
    stop_label: Text = ""


@dataclass(frozen=True, slots=True)
class Acting:
    """One act that is told before it is done, and needs nothing typed."""

    template: ClassVar[str] = "portal/desk/acting.html"
    title: Text
    told: Text
    action: str
    act: Text


@dataclass(frozen=True, slots=True)
class Spans:
    """The days that a page is about: usual ones, and a form for others."""

    template: ClassVar[str] = "portal/desk/spans.html"
    links: Sequence[Link]
    told: Text
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few things that a page can show, and whether it does."""

    label: Text
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a page can show instead, one row a question; `told` says what it shows now."""

    template: ClassVar[str] = "portal/desk/choices.html"
    rows: Sequence[tuple[Text, Sequence[Choice]]]
    told: Text = ""


Block = (
    Choices
    | Spans
    | Acting
    | Listed
    | Sheet
    | Facts
    | Note
    | QrCode
    | Steps
    | KeyFigures
    | Charted
    | Moving
)
