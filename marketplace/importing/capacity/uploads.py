"""
Files of resources as people upload them: CSV, a workbook's first sheet, or a JSON array.

Whatever it is becomes the lines of one CSV, so that one reader says what is wrong with a row, and
by which number: the line of a CSV, the row of a sheet, the place in an array.
"""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from common import tabular
from common.tabular import sheets
from common.tabular.columns import Column
from common.tabular.contracts import TableUnreadable
from common.tabular.writing import csv_text
from identity.contracts import ResourceForm
from marketplace.importing.capacity import files
from marketplace.importing.contracts import TooManyRows

ROWS_MAX: Final = 5_000
KEPT_FOR: Final = timedelta(days=1)
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ARRAY: Final = "application/json"
DEFAULTS: Final = files.Defaults(region="", form=ResourceForm.CONTAINER)
EXAMPLE: Final = {
    "name": "中卫 A 区 01",
    "name_en": "Zhongwei A 01",
    "region": "640500",
    "class": "AI",
    "form": "BARE_METAL",
    "unit": "card",
    "quantity": "64",
    "chip": "H100",
    "memory_gb": "2048",
    "industry": "I64",
    "serial": "A01",
    "hardware_serials": "",  # no two resources name the same, and an example is taken by many
    "pue": "1.2",
    "price_unit": "standard_hour",
    "unit_price": "3.18",
    "vouchers": "yes",
    "least_quantity": "1",
    "least_seconds": "3600",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was read; `shift` is between a line and the number that people know it by."""

    file: files.CapacityFile
    shift: int = 0

    def number(self, line: int) -> int:
        """Return the number by which people find a row in their file."""
        return line - self.shift


def read(content: bytes, *, media_type: str) -> Upload:
    """
    Read an uploaded file of resources.

    :raises FileRefused: if no header of ours is in it
    :raises TableUnreadable: if it holds no table
    :raises TooManyRows: if it holds more than are taken at once
    """
    if media_type == SHEET:
        return Upload(_from_text(sheets.csv_of_sheet(content, rows_max=ROWS_MAX)))
    if media_type == ARRAY:
        return Upload(_from_text(sheets.csv_of_array(content, rows_max=ROWS_MAX)), shift=1)
    return Upload(_from_bytes(content, charset=_charset(content)))


def template() -> str:
    """Return an example of our table: a header and a line."""
    names = [*files.OWN.required, *(files.OWN.optional or ())]
    columns = [Column(name) for name in names]
    return csv_text(columns, [[EXAMPLE[name] for name in names]])


def _from_text(text: str) -> files.CapacityFile:
    return _from_bytes(text.encode())


def _from_bytes(content: bytes, *, charset: str = "") -> files.CapacityFile:
    found = files.read(
        tabular.Lines(io.BytesIO(content), charset=charset),
        defaults=DEFAULTS,
        format_name=files.OWN.name,
    )
    if found.lines > ROWS_MAX:
        raise TooManyRows(field="file", rows_max=ROWS_MAX)
    if not found.lines:
        raise TableUnreadable(field="file", problem=_("there is no row below the header"))
    return found


def _charset(content: bytes) -> str:
    """Return how spreadsheets in China write what is not in UTF-8; a mark tells the rest."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    try:
        content.decode()
    except UnicodeDecodeError:
        return "gb18030"
    return ""
