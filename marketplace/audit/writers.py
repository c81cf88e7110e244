"""Files of rows in four formats. Each writer keeps one row, or one batch, in memory."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from marketplace.audit.contracts import ExportFormat
from marketplace.settlement.columns import SCALES, Column, ColumnType

PARQUET_BATCH_ROWS: Final = 10_000
SHEET_ROWS_MAX: Final = 1_000_000
# A spreadsheet's number is a binary float: beyond fifteen digits only a text is exact.
SPREADSHEET_DIGITS_MAX: Final = 15
# What a spreadsheet takes for the start of a formula; the apostrophe itself is marked as well,
# so that taking one apostrophe away always gives back the text.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


class Writer(Protocol):
    """Something that takes rows of texts and ends as a file."""

    def write(self, row: Sequence[str]) -> None:
        """Append one row."""

    def close(self) -> None:
        """Finish the file."""


def neutral(text: str) -> str:
    """Return a text that no spreadsheet evaluates."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class CsvWriter:
    """UTF-8 with a byte-order mark, so that spreadsheets show Chinese names."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.is_text = [column.type is ColumnType.TEXT for column in columns]
        self.file = path.open("w", encoding="utf-8-sig", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow([column.name for column in columns])

    def write(self, row: Sequence[str]) -> None:
        """Append one row."""
        self.writer.writerow(
            [neutral(cell) if text else cell for cell, text in zip(row, self.is_text, strict=True)]
        )

    def close(self) -> None:
        """Finish the file."""
        self.file.close()


class JsonLinesWriter:
    """One object a line; every value is a text, so that no reader rounds it."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.names = [column.name for column in columns]
        self.file = path.open("w", encoding="utf-8")

    def write(self, row: Sequence[str]) -> None:
        """Append one row."""
        record = dict(zip(self.names, row, strict=True))
        self.file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """Finish the file."""
        self.file.close()


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
        """Append one row, on the next sheet if this one is full."""
        if self.row > SHEET_ROWS_MAX:
            self._add_sheet()
        for index, (column, text) in enumerate(zip(self.columns, row, strict=True)):
            if column.type in self.formats and _is_spreadsheet_number(text):
                self.sheet.write_number(self.row, index, Decimal(text), self.formats[column.type])
            else:
                self.sheet.write_string(self.row, index, text)
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
    return bool(text) and sum(map(str.isdigit, text)) <= SPREADSHEET_DIGITS_MAX


class ParquetWriter:
    """Typed columns: exact decimals, timestamps in UTC."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.schema = pa.schema([(column.name, _arrow_type(column.type)) for column in columns])
        self.writer = pq.ParquetWriter(path, self.schema, compression="zstd")
        self.batch: list[Sequence[str]] = []

    def write(self, row: Sequence[str]) -> None:
        """Append one row."""
        self.batch.append(row)
        if len(self.batch) >= PARQUET_BATCH_ROWS:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        self._flush()
        self.writer.close()

    def _flush(self) -> None:
        if not self.batch:
            return
        arrays = [
            pa.array([_arrow_value(text, column.type) for text in texts], type=field.type)
            for column, field, texts in zip(
                self.columns, self.schema, zip(*self.batch, strict=True), strict=True
            )
        ]
        self.writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self.schema))
        self.batch = []


def _arrow_type(kind: ColumnType) -> Any:
    if kind in SCALES:
        return pa.decimal128(38, SCALES[kind])
    return {
        ColumnType.INTEGER: pa.int64(),
        ColumnType.TIME: pa.timestamp("us", tz="UTC"),
    }.get(kind, pa.string())


def _arrow_value(text: str, kind: ColumnType) -> Any:
    if kind is ColumnType.TEXT:
        return text
    if not text:
        return None
    if kind is ColumnType.INTEGER:
        return int(text)
    return Decimal(text) if kind in SCALES else datetime.fromisoformat(text)


WRITERS: Final[dict[ExportFormat, tuple[type[Any], str]]] = {
    ExportFormat.CSV: (CsvWriter, "csv"),
    ExportFormat.XLSX: (XlsxWriter, "xlsx"),
    ExportFormat.PARQUET: (ParquetWriter, "parquet"),
    ExportFormat.JSONL: (JsonLinesWriter, "jsonl"),
}


def open_writer(path: Path, *, columns: Sequence[Column], file_format: ExportFormat) -> Writer:
    """Return the writer of a format."""
    writer: Writer = WRITERS[file_format][0](path, columns)
    return writer
