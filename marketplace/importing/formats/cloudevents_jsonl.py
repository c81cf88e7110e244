"""
CloudEvents in a file: what agents would have sent over HTTP.

One event a line (JSON Lines), or all of them as one JSON array, which is read as a whole first. In
either form an event that cannot be read costs itself only.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.tabular import BadLine, Line
from marketplace.importing.contracts import BadRow, OneEventALine, UsageRow
from marketplace.importing.formats.lines import bad_row
from metering import cloudevents
from metering.contracts import Reading, RefusedRow

ARRAY_LENGTH_MAX: Final = 64 * 1024 * 1024  # characters
ONE_A_LINE: Final = gettext_lazy("a file has one event a line, or is one JSON array of events")
# What parts the elements of an array: a text is passed over as a whole, or else is not closed.
_MARKS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|["\[\]{},]', re.DOTALL)
_DEPTHS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_UNREAD: Final = re.compile(r"[\ufffd\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")


def rows(lines: Iterable[Line | BadLine]) -> Iterator[UsageRow | BadRow]:
    """Yield each event's use, in the unit that it names."""
    for number, reading in readings(lines):
        if isinstance(reading, BadRow):
            yield reading
            continue
        yield UsageRow(
            line=number,
            subject_name=str(reading.subject or ""),
            requested_at=None,
            starts_at=reading.starts_at,
            ends_at=reading.ends_at,
            quantity=reading.quantity,
            unit=reading.unit,
            facts={
                "meter": str(reading.meter_id),
                "source": reading.source,
                "id": reading.event_id,
            },
        )


def readings(lines: Iterable[Line | BadLine]) -> Iterator[tuple[int, Reading | BadRow]]:
    """
    Yield each event as a reading that `metering.services.ingest` takes, with its line.

    :raises OneEventALine: if the file is a JSON array that is too long
    """
    remaining = iter(lines)
    first = next((line for line in remaining if not _is_blank(line)), None)
    if first is None:
        return
    if first.text.lstrip().startswith("["):
        yield from _array([first, *remaining])
        return
    yield first.number, _reading(first)
    for line in remaining:
        if not _is_blank(line):
            yield line.number, _reading(line)


def _is_blank(line: Line | BadLine) -> bool:
    return isinstance(line, Line) and not line.text.strip()


def _reading(line: Line | BadLine) -> Reading | BadRow:
    if isinstance(line, BadLine):
        return bad_row(line)
    text = line.text.strip()
    if not text.startswith("{"):
        told = _("%(text)s is no event: %(rule)s") % {"text": repr(text[:20]), "rule": ONE_A_LINE}
        return BadRow(line.number, "invalid_event", told)
    return _decoded(line.number, text)


def _decoded(number: int, text: str) -> Reading | BadRow:
    result = cloudevents.decode_event(text.encode("utf-8", "surrogatepass"))
    if isinstance(result, RefusedRow):
        return BadRow(number, str(result.code), result.detail)
    return result


def _array(lines: list[Line | BadLine]) -> Iterator[tuple[int, Reading | BadRow]]:
    """Yield the events of an array, each with the line that it begins in."""
    text = "\n".join(line.text for line in lines)
    if len(text) > ARRAY_LENGTH_MAX:
        told = _("an array may have %(most)s characters") % {"most": ARRAY_LENGTH_MAX}
        raise OneEventALine(problem=told)
    starts = list(accumulate((len(line.text) + 1 for line in lines), initial=0))
    bad = {index: line for index, line in enumerate(lines) if isinstance(line, BadLine)}
    for start, end, problem in _elements(text):
        first, last = (bisect_right(starts, each) - 1 for each in (start, end - 1))
        number = lines[first].number
        element = text[start:end]
        unread = next((bad[index] for index in range(first, last + 1) if index in bad), None)
        if problem:
            yield number, BadRow(number, "invalid_event", f"{problem}: {ONE_A_LINE}")
        elif unread and (_UNREAD.search(element) or not unread.text):
            yield number, bad_row(unread)
        else:
            yield number, _decoded(number, element)


def _elements(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield from where to where each element of an array stands, and what is wrong around it."""
    depth, start = 0, 0
    for mark in _MARKS.finditer(text):
        sign = mark.group()
        before = text[start : mark.start()]
        if sign == '"' or (depth == 0 and before.strip()):
            break  # A text that is not closed, or something outside of the array.
        depth += _DEPTHS.get(sign, 0)
        if depth < 0:
            break
        is_end = (sign == "," and depth == 1) or (sign in "]}" and depth == 0)
        if is_end and before.strip():
            yield start + len(before) - len(before.lstrip()), mark.start(), ""
        if is_end or (sign in "[{" and depth == 1):
            start = mark.end()
    if text[start:].strip():
        place = len(text) - len(text[start:].lstrip())
        yield (
            place,
            len(text),
            _("the array is not closed") if depth > 0 else _("no event of an array"),
        )
