"""Lines under a header: each is a `Record`, or a `BadLine` that spoils no other."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from common.tabular import cells
from common.tabular.contracts import (
    NO_SEPARATOR,
    SEPARATOR_NAMES,
    SEPARATORS,
    BadLine,
    EmptyFile,
    HeaderRefused,
    HeaderUnreadable,
    Layout,
    Line,
    Record,
    SeparatorRefused,
)
from common.tabular.lines import Lines

_SEPARATOR_LINE: Final = re.compile(r'"?sep=(\\t|.?)"?[,;|\t]*', re.IGNORECASE)
_BLANK: Final = re.compile(rf"[\s{SEPARATORS}]+")
NAMES_SHOWN_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file: their places, and the layout that they are those of."""

    number: int  # of its line
    layout: Layout
    separator: str
    names: tuple[str, ...]  # empty where a column has none

    @property
    def missing(self) -> list[str]:
        """Return the columns that the layout insists on."""
        return [name for name in self.layout.required if name not in self.names]

    @property
    def surplus(self) -> list[str]:
        """Return the columns that the layout does not know."""
        if self.layout.optional is None:
            return []
        known = {*self.layout.required, *self.layout.optional, ""}
        return [name for name in self.names if name not in known]

    @property
    def twice(self) -> list[str]:
        """Return the columns that occur more than once."""
        return [name for name, count in Counter(self.names).items() if name and count > 1]


class Table:
    """The rows of a file. `skipped` counts blank lines, comments and repeated headers."""

    def __init__(self, lines: Lines, *layouts: Layout, comment: str = "") -> None:
        """
        Read the header of a file.

        :raises FileRefused: if it belongs to none of the layouts
        """
        self._lines = iter(lines)
        self._comment = comment
        self.charset = lines.charset
        self.skipped = 0
        self.header = _header(self._told(self._lines), layouts, charset=lines.charset)
        self.skipped = 0  # What stands above the header is its own matter.

    @property
    def layout(self) -> Layout:
        """Return the layout that the header shows."""
        return self.header.layout

    def __iter__(self) -> Iterator[Record | BadLine]:
        """Yield a record or a bad line for each line of data."""
        for line in self._told(self._lines):
            if isinstance(line, BadLine):
                yield self._placed(line)
                continue
            try:
                row = self._split(line.text)
            except cells.QuoteError as error:
                column = self._column(error.index)
                yield BadLine(line.number, error.code, _at(column, str(error)), column)
                continue
            if not any(row) or self._names(row) == self.header.names:
                self.skipped += 1
            else:
                yield self._record(line.number, row)

    def _told(self, lines: Iterable[Line | BadLine]) -> Iterator[Line | BadLine]:
        """Yield the lines that say something."""
        for line in lines:
            is_blank = isinstance(line, Line) and not _BLANK.sub("", line.text)
            if is_blank or (self._comment and line.text.lstrip().startswith(self._comment)):
                self.skipped += 1
            else:
                yield line

    def _split(self, text: str) -> list[str]:
        return cells.split(text, self.header.separator, is_quoted=self.layout.is_quoted)

    def _names(self, row: Sequence[str]) -> tuple[str, ...]:
        if len(row) < len(self.header.names) or not _is_name(row[0], self.header.names[0]):
            return ()
        return _names(row, self.layout)

    def _record(self, number: int, row: list[str]) -> Record | BadLine:
        names = self.header.names
        while len(row) > len(names) and not row[-1]:
            row.pop()
        if len(row) != len(names):
            detail = _("%(cells)s cells under %(columns)s columns") % {
                "cells": len(row),
                "columns": len(names),
            }
            return BadLine(number, "wrong_cell_count", detail)
        for index, (name, cell) in enumerate(zip(names, row, strict=True)):
            if cell and not name:
                column = self._column(index)
                detail = _("a cell under a column without a name")
                return BadLine(number, "unnamed_column", _at(column, detail), column)
        return Record(number, {n: cell for n, cell in zip(names, row, strict=True) if n})

    def _placed(self, line: BadLine) -> BadLine:
        """Return a bad line with the column of the character that is to blame."""
        if line.position < 0:
            return line
        index = cells.index_at(
            line.text, line.position, self.header.separator, is_quoted=self.layout.is_quoted
        )
        column = self._column(index)
        return BadLine(line.number, line.code, _at(column, line.detail), column)

    def _column(self, index: int) -> str:
        names = self.header.names
        return (
            names[index]
            if index < len(names) and names[index]
            else _("column %(number)s") % {"number": index + 1}
        )


def separator_name(separator: str) -> str:
    """Return what people call a separator."""
    return str(SEPARATOR_NAMES.get(separator, NO_SEPARATOR))


def _at(column: str, detail: str) -> str:
    return f"{column}: {detail}"


def _header(lines: Iterator[Line | BadLine], layouts: Sequence[Layout], *, charset: str) -> Header:
    first = next(lines, None)
    separator = ""
    if isinstance(first, Line) and (named := _SEPARATOR_LINE.fullmatch(first.text.strip(" "))):
        separator = named[1].replace("\\t", "\t")
        if not separator or separator not in SEPARATORS:
            raise SeparatorRefused(line=ascii(first.text[:40]))
        first = next(lines, None)
    if first is None:
        raise EmptyFile
    if isinstance(first, BadLine):
        raise HeaderUnreadable(line=first.number, detail=first.detail)
    if first.text.lstrip().startswith(("{", "[")):
        told = _("it looks like JSON, not like a table")
        raise HeaderUnreadable(line=first.number, detail=told)
    found = list(_readings(first, layouts, separator))
    fitting = [each for each in found if not (each.missing or each.surplus or each.twice)]
    if not fitting:
        raise _refusal(max(found, key=_likeness), layouts, charset)
    return max(fitting, key=_likeness)


def _readings(line: Line, layouts: Sequence[Layout], separator: str) -> Iterator[Header]:
    """Yield what a header is, read as each layout and with each of its separators."""
    problem: cells.QuoteError | None = None
    are_none = True
    for layout in layouts:
        for mark in separator or layout.separators:
            try:
                row = cells.split(line.text, mark, is_quoted=layout.is_quoted)
            except cells.QuoteError as error:
                problem = problem or error
                continue
            are_none = False
            yield Header(line.number, layout, mark, _names(row, layout))
    if are_none:
        raise HeaderUnreadable(line=line.number, detail=str(problem))


def _names(row: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """Return the names of columns as the layout spells them; blank ones at the end are none."""
    spelt = {_plain(name): name for name in (*layout.required, *(layout.optional or ()))}
    names = [spelt.get(_plain(cell), cell) for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _is_name(cell: str, name: str) -> bool:
    return _plain(cell) == _plain(name)


def _plain(name: str) -> str:
    """Return a name without what people spell now so, now so."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_-]+", "", folded)


def _likeness(header: Header) -> tuple[int, int, int]:
    missing = len(header.missing)
    found = len(header.layout.required) - missing
    return found - missing, len(header.names), -len(header.surplus)


def _refusal(best: Header, layouts: Sequence[Layout], charset: str) -> HeaderRefused:
    is_unlike_all = best.missing == [*best.layout.required] and len(layouts) > 1
    missing = (
        "; ".join(f"{each.name}: {_listed(each.required)}" for each in layouts)
        if is_unlike_all
        else _listed(best.missing)
    )
    return HeaderRefused(
        line=best.number,
        layout=", ".join(each.name for each in (layouts if is_unlike_all else [best.layout])),
        missing=missing,
        surplus=_listed(best.surplus),
        twice=_listed(best.twice),
        separator=separator_name(best.separator if len(best.names) > 1 else ""),
        charset=charset,
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:NAMES_SHOWN_MAX])
    return f"{shown}, …" if len(names) > NAMES_SHOWN_MAX else shown or "-"
