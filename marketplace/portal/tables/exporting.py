"""What a list shows as a file: its columns, filters and order, through the audit's writers."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse

from common import clock
from common.tabular.columns import Column as FileColumn
from common.tabular.columns import ColumnType
from marketplace.audit import writers
from marketplace.audit.contracts import ExportFormat
from marketplace.portal import figures
from marketplace.portal.tables import cells
from marketplace.portal.tables.columns import ListColumn

if TYPE_CHECKING:
    from marketplace.portal.tables.bound import BoundTable

ROWS_MAX: Final = 10_000
BATCH: Final = 500
FORMATS: Final = {"csv": "CSV", "xlsx": "Excel"}
TYPES: Final = {
    "csv": (ExportFormat.CSV, "text/csv; charset=utf-8"),
    "xlsx": (
        ExportFormat.XLSX,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


def answered(table: "BoundTable", form: str) -> HttpResponse:
    """Answer a list as a file."""
    rows = table.first(ROWS_MAX + 1)
    return file_of(table, rows[:ROWS_MAX], form, is_cut=len(rows) > ROWS_MAX)


def file_of(
    table: "BoundTable", rows: list[Any], form: str, *, is_cut: bool = False
) -> HttpResponse:
    """Return rows of a list as a file; one that was cut says so in its name."""
    file_format, media_type = TYPES[form]
    columns = [column for column in table.columns if column.is_written]
    with TemporaryDirectory(prefix="list-") as folder:
        path = Path(folder) / "list"
        writer = writers.open_writer(
            path, columns=[_written(column) for column in columns], file_format=file_format
        )
        for row in _dressed(table, rows):
            writer.write([cells.written(column, row) for column in columns])
        writer.close()
        response = HttpResponse(path.read_bytes(), content_type=media_type)
    cut = f"-first-{len(rows)}" if is_cut else ""
    name = f"{table.table.name}{cut}-{figures.local(clock.now()):%Y%m%d-%H%M}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _dressed(table: "BoundTable", rows: list[Any]) -> Iterator[Any]:
    for start in range(0, len(rows), BATCH):
        yield from table.dressed(rows[start : start + BATCH])


def _written(column: ListColumn) -> FileColumn:
    return FileColumn(str(column.label), cells.TYPES.get(column.kind, ColumnType.TEXT))
