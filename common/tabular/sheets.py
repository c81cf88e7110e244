"""Tables that are no text: a workbook's first sheet, or a JSON array, as the lines of one CSV."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from common.tabular.contracts import TableUnreadable

COLUMNS_MAX: Final = 40
UNPACKED_BYTES_MAX: Final = 64 * 1024 * 1024


def csv_of_sheet(content: bytes, *, rows_max: int) -> str:
    """
    Return the first sheet of a workbook as CSV, each row on its own line.

    One row more than are taken is the last that is read.

    :raises TableUnreadable: if it is damaged, or too large unpacked
    """
    return _written(_sheet_rows(content), rows_max)


def csv_of_array(content: bytes, *, rows_max: int) -> str:
    """
    Return a JSON array of objects as CSV, the names of all members above them.

    :raises TableUnreadable: if it is anything else
    """
    return _written(_array_rows(content), rows_max)


def _written(rows: Iterable[Sequence[str]], rows_max: int) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in islice(rows, rows_max + 2):  # The header, and the row that is too many.
        writer.writerow(row)
    return out.getvalue()


def _sheet_rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of a workbook's first sheet; what its formulas last came to."""
    try:
        _require_small(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=COLUMNS_MAX):
            yield [_cell(value) for value in row]
    except TableUnreadable:
        raise
    except Exception as error:  # Workbooks break in as many ways as there are programs.
        raise TableUnreadable(field="file", problem=_("the workbook is damaged")) from error


def _require_small(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > UNPACKED_BYTES_MAX:
        raise TableUnreadable(field="file", problem=_("the workbook is too large unpacked"))


def _cell(value: Any) -> str:
    """Return a cell as it would stand in a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        number = Decimal(repr(value)).normalize()
        return f"{number:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    return " ".join(str(value).split())


def _array_rows(content: bytes) -> Iterator[list[str]]:
    try:
        entries = json.loads(content, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise TableUnreadable(field="file", problem=_("it is no JSON")) from error
    if not isinstance(entries, list) or not all(isinstance(each, Mapping) for each in entries):
        raise TableUnreadable(field="file", problem=_("JSON is an array with an object a row"))
    names = list(dict.fromkeys(str(name) for each in entries for name in each))
    if not names:
        raise TableUnreadable(field="file", problem=_("there is no row in it"))
    yield names
    for each in entries:
        yield [_cell(each.get(name)) for name in names]
