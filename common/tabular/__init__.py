"""
Text files that people bring: every line is a record, or is named as a bad one.

`open_lines` finds the charset and yields lines; `Table` finds the separator and the layout and
yields records. Neither holds more than a line in memory, and neither lets a bad line, whatever is
bad about it, cost more than itself. A file that cannot be read at all is refused as a whole before
its first line is given out.
"""

from common.tabular.contracts import (
    LINE_LENGTH_MAX,
    BadLine,
    FileRefused,
    HeaderRefused,
    Layout,
    Line,
    Record,
)
from common.tabular.lines import Lines, open_lines
from common.tabular.tables import Header, Table, separator_name

__all__ = [
    "LINE_LENGTH_MAX",
    "BadLine",
    "FileRefused",
    "Header",
    "HeaderRefused",
    "Layout",
    "Line",
    "Lines",
    "Record",
    "Table",
    "open_lines",
    "separator_name",
]
