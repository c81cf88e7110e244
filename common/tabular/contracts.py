"""What reading a text file yields, and how a file is refused as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.errors import InvalidInput

LINE_LENGTH_MAX: Final = 65_536  # characters
ARRAY_LENGTH_MAX: Final = 67_108_864  # characters of a line where a file is one JSON array
SAMPLE_BYTES: Final = 65_536  # what is looked at before the first line is given out
SEPARATORS: Final = ",;\t|"
SEPARATOR_NAMES: Final = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
NO_SEPARATOR: Final = pgettext_lazy("of a separator", "none")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text without its end. The first line of a file has the number 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """
    A line that cannot be read, and why; `column` names the cell where one is to blame.

    `text` is what can be read of it, and `position` the character that cannot.
    """

    number: int
    code: str
    detail: str
    column: str = ""
    text: str = field(default="", repr=False, compare=False)
    position: int = field(default=-1, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a line by the names of their columns, without the blanks around them."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The columns of a kind of file, in any order and whatever the case of their names.

    With `optional` no other columns are taken; without it all are. In a file that `is_quoted`,
    cells may stand between quotation marks.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] | None = None
    separators: str = SEPARATORS
    is_quoted: bool = True


class FileRefused(InvalidInput):
    """The file cannot be read as a whole."""

    code = "unreadable_file"
    sentence = _("The file cannot be read.")


class EmptyFile(FileRefused):
    """The file holds nothing."""

    code = "empty_file"
    sentence = _("The file is empty.")


class TableUnreadable(FileRefused):
    """A workbook or an array of which no rows can be made."""

    code = "upload_unreadable"
    sentence = _("This file is no table: %(problem)s.")


class NotText(FileRefused):
    """The file is of a kind that is no text."""

    code = "not_text"
    sentence = _(
        "This is no text file but %(kind)s: save or unpack it as text first, such as CSV UTF-8."
    )


class UnknownCharset(FileRefused):
    """The named charset is none that can be read line by line."""

    code = "unknown_charset"
    sentence = _("The charset %(charset)s is not known; known are %(known)s.")


class WrongCharset(FileRefused):
    """The file is written in another charset than it is read in."""

    code = "wrong_charset"
    sentence = _(
        "The file is not written in %(charset)s (the first line that is not: %(line)s). "
        "It looks like %(guess)s: name it with --charset %(option)s."
    )


class CharsetConflict(FileRefused):
    """The file says itself that its charset is another than the named one."""

    code = "wrong_charset"
    sentence = _("The file is written in %(found)s, but --charset says %(charset)s.")


class SeparatorRefused(FileRefused):
    """A `sep=` line names something that separates nothing."""

    code = "bad_header"
    sentence = _("%(line)s names no separator; known are comma, semicolon, tab and bar.")


class HeaderUnreadable(FileRefused):
    """The header is no line of text, or its quotation marks are not in pairs."""

    code = "bad_header"
    sentence = _("The header in line %(line)s cannot be read: %(detail)s.")


class HeaderRefused(FileRefused):
    """The header belongs to no layout that is known."""

    code = "bad_header"
    sentence = _(
        "The header in line %(line)s is not that of %(layout)s. Missing: %(missing)s. "
        "Surplus: %(surplus)s. Named twice: %(twice)s. Seen: separator %(separator)s, "
        "charset %(charset)s."
    )
