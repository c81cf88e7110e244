"""Tables for spreadsheets and for programs, written in one way: CSV and XLSX."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO

import xlsxwriter

from common.tabular.columns import Column, ColumnType

BOM: Final = "\ufeff"  # so that spreadsheets show Chinese names
SHEET_ROWS_MAX: Final = 1_000_000
CELL_LENGTH_MAX: Final = 32_767  # of a spreadsheet
# A spreadsheet's number is a binary float: beyond fifteen digits only a text is exact.
SPREADSHEET_DIGITS_MAX: Final = 15
# What spreadsheets take for the start of a formula, in any width and behind any blanks; the minus
# sign proper has no other width. The apostrophe itself is marked as well, so that taking one
# apostrophe away always gives back the text.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\N{MINUS SIGN}")
_BREAKS: Final = ("\t", "\r", "\n", "'")
# What nobody sees: control and format characters, marks on nothing, spaces; and blank letters.
_UNSEEN: Final = frozenset(["Cc", "Cf", "Me", "Mn", "Zl", "Zp", "Zs"])
_BLANKS: Final = "\u115f\u1160\u2800\u3164\uffa0"
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def neutral(text: str) -> str:
    """Return a text that no spreadsheet evaluates."""
    if not text:
        return text
    first = next((each for each in text if not _is_unseen(each)), "")
    seen = unicodedata.normalize("NFKC", first)
    is_formula = text.startswith(_BREAKS) or seen.startswith(_FORMULA_STARTS)
    return f"'{text}" if is_formula else text


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or character in _BLANKS


def csv_text(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """Return a whole table as CSV."""
    out = io.StringIO(newline="")
    writer = CsvRows(out, columns)
    for row in rows:
        writer.write(row)
    return out.getvalue()


class CsvRows:
    """UTF-8 with a byte-order mark, commas, CR LF; what could be a formula gets an apostrophe."""

    def __init__(self, out: TextIO, columns: Sequence[Column]) -> None:
        self._is_text = [column.type is ColumnType.TEXT for column in columns]
        out.write(BOM)
        self._writer = csv.writer(out, lineterminator="\r\n")
        self._writer.writerow([column.name for column in columns])

    def write(self, row: Sequence[str]) -> None:
        """Append one row. A negative number stays one."""
        self._writer.writerow(
            [
                neutral(cell) if is_text or not _NUMBER.fullmatch(cell) else cell
                for cell, is_text in zip(row, self._is_text, strict=True)
            ]
        )


class CsvWriter(CsvRows):
    """A CSV file."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        super().__init__(self._file, columns)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class XlsxWriter:
    """A workbook with frozen headers; texts are typed as texts and never evaluated."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.book = xlsxwriter.Workbook(
            path,
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self.bold = self.book.add_format({"bold": True})
        self.formats = {
            ColumnType.MONEY: self.book.add_format({"num_format": "#,##0.00"}),
            ColumnType.QUANTITY: self.book.add_format({"num_format": "#,##0.############"}),
        }
        self._add_sheet()

    def write(self, row: Sequence[str]) -> None:
        """
        Append one row, on the next sheet if this one is full.

        :raises ValueError: if a text is longer than a cell, which would be left empty
        """
        if self.row > SHEET_ROWS_MAX:
            self._add_sheet()
        for index, (column, text) in enumerate(zip(self.columns, row, strict=True)):
            if column.type in self.formats and _is_spreadsheet_number(text):
                self.sheet.write_number(self.row, index, Decimal(text), self.formats[column.type])
            elif self.sheet.write_string(self.row, index, text):
                message = f"{column.name}: a cell holds at most {CELL_LENGTH_MAX} characters"
                raise ValueError(message)
        self.row += 1

    def close(self) -> None:
        """Finish the file."""
        self.book.close()

    def _add_sheet(self) -> None:
        self.sheet = self.book.add_worksheet()
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, len(self.columns) - 1, 18)
        for index, column in enumerate(self.columns):
            self.sheet.write_string(0, index, column.name, self.bold)
        self.row = 1


def _is_spreadsheet_number(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return digits <= SPREADSHEET_DIGITS_MAX and _NUMBER.fullmatch(text) is not None
