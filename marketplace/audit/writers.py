"""Files of rows in four formats. Each writer keeps one row, or one batch, in memory."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from common.tabular.columns import SCALES, Column, ColumnType
from common.tabular.writing import CsvWriter, XlsxWriter
from marketplace.audit.contracts import ExportFormat

PARQUET_BATCH_ROWS: Final = 10_000


class Writer(Protocol):
    """Something that takes rows of texts and ends as a file."""

    def write(self, row: Sequence[str]) -> None:
        """Append one row."""

    def close(self) -> None:
        """Finish the file."""


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
