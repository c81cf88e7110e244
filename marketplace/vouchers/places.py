"""Where in a JSON file each member stands, so that what is wrong with it is told by its line."""

import json
import re
from typing import Any, Final

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = json.JSONDecoder()
_ATOM: Final = re.compile(r"[^\s,\]}]+")


def lines_of(text: str) -> dict[str, int]:
    """
    Return the line of every path of a JSON text.

    :raises json.JSONDecodeError: if it is none
    """
    json.loads(text)  # What follows walks a text that is known to be right.
    found: dict[str, int] = {}
    _Walk(text, found).value("", 0)
    return found


def line_of(lines: dict[str, int], path: str) -> int:
    """Return the line of a path, or of the nearest thing around it that there is."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path, 1)


class _Walk:
    """Goes through a JSON text once and writes down where each path begins."""

    def __init__(self, text: str, found: dict[str, int]) -> None:
        self._text = text
        self._found = found
        self._counted, self._line = 0, 1

    def value(self, path: str, at: int) -> int:
        """Read one value from a place on; return the place after it."""
        at = self._skip(at)
        self._found[path] = self._line_at(at)
        opening = self._text[at]
        if opening == "{":
            return self._entries(path, at + 1, "}")
        if opening == "[":
            return self._entries(path, at + 1, "]")
        if opening == '"':
            return _STRING.raw_decode(self._text, at)[1]
        found = _ATOM.match(self._text, at)
        return found.end() if found else at + 1

    def _entries(self, path: str, at: int, closing: str) -> int:
        number = 0
        at = self._skip(at)
        while self._text[at] != closing:
            name: Any = number
            if closing == "}":
                name, at = _STRING.raw_decode(self._text, at)
                at = self._skip(at) + 1
            at = self._skip(self.value(f"{path}.{name}" if path else str(name), at))
            if self._text[at] == ",":
                at = self._skip(at + 1)
            number += 1
        return at + 1

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def _line_at(self, at: int) -> int:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line
