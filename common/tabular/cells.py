"""One line of text into its cells, as RFC 4180 quotes them."""

import re
from functools import cache
from typing import Final

from django.utils.translation import gettext as _

_QUOTED_TEXT: Final = r'[^"]*(?:""[^"]*)*'
_OPENED: Final = re.compile(rf' *"{_QUOTED_TEXT}')


class QuoteError(ValueError):
    """A quotation mark is where it cannot be; `index` counts the cells before it."""

    def __init__(self, code: str, detail: str, index: int) -> None:
        super().__init__(detail)
        self.code = code
        self.index = index


def split(text: str, separator: str, *, is_quoted: bool = True) -> list[str]:
    """
    Return the cells of a line, without the blanks around them.

    :raises QuoteError: if a quotation mark is opened and not closed, or stands inside a cell
    """
    if not is_quoted or '"' not in text:
        return [cell.strip() for cell in text.split(separator)]
    cells: list[str] = []
    place = 0
    while True:
        found = _cell(separator).match(text, place)
        if found is None:
            raise _error(text, place, len(cells))
        quoted, bare, end = found.groups()
        cells.append((bare if quoted is None else quoted.replace('""', '"')).strip())
        if not end:
            return cells
        place = found.end()


def index_at(text: str, position: int, separator: str, *, is_quoted: bool = True) -> int:
    """Return how many cells are whole before a character."""
    before = text[:position]
    if is_quoted:
        before = re.sub(rf'"{_QUOTED_TEXT}(?:"|$)', "", before)
    return before.count(separator)


@cache
def _cell(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf'(?: *"({_QUOTED_TEXT})" *|([^"{mark}]*))({mark}|\Z)')


def _error(text: str, place: int, index: int) -> QuoteError:
    opened = _OPENED.match(text, place)
    if opened is not None and opened.end() == len(text):
        detail = _("a quotation mark is opened and not closed: a cell ends on the line it begins")
        return QuoteError("unclosed_quote", detail, index)
    detail = _("a quotation mark inside a cell: put the cell in marks, and write this one twice")
    return QuoteError("stray_quote", detail, index)
