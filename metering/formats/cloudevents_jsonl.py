"""
CloudEvents in a file: what agents would have sent over HTTP.

One event a line (JSON Lines), or all of them as one JSON array, which is read as a whole first.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from common.tabular import BadLine, Line
from metering import cloudevents
from metering.contracts import BadRow, OneEventALine, Reading, RefusedRow, UsageRow
from metering.formats.lines import bad_row

ARRAY_LENGTH_MAX: Final = 64 * 1024 * 1024  # characters
ONE_A_LINE: Final = "a file has one event a line, or is one JSON array of events"
_BLANK: Final = " \t\r\n"


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

    :raises OneEventALine: if the file is a JSON array that breaks off
    """
    remaining = iter(lines)
    for line in remaining:
        if isinstance(line, Line) and not line.text.strip():
            continue
        if isinstance(line, Line) and line.text.lstrip().startswith("["):
            yield from _array([line, *remaining])
            return
        yield line.number, _reading(line)
        break
    for line in remaining:
        if isinstance(line, BadLine) or line.text.strip():
            yield line.number, _reading(line)


def _reading(line: Line | BadLine) -> Reading | BadRow:
    if isinstance(line, BadLine):
        return bad_row(line)
    text = line.text.strip()
    if not text.startswith("{"):
        return BadRow(line.number, "invalid_event", f"{text[:20]!r} is no event: {ONE_A_LINE}")
    return _decoded(line.number, text)


def _decoded(number: int, text: str) -> Reading | BadRow:
    result = cloudevents.decode_event(text.encode("utf-8", "surrogatepass"))
    if isinstance(result, RefusedRow):
        return BadRow(number, str(result.code), result.detail)
    return result


def _array(lines: list[Line | BadLine]) -> list[tuple[int, Reading | BadRow]]:
    """Return the events of an array, each with the line that it begins in."""
    text = "\n".join(line.text for line in lines)
    if len(text) > ARRAY_LENGTH_MAX:
        raise OneEventALine(problem=f"an array may have {ARRAY_LENGTH_MAX} characters")
    starts = list(accumulate((len(line.text) + 1 for line in lines), initial=0))
    bad = {index: line for index, line in enumerate(lines) if isinstance(line, BadLine)}
    found: list[tuple[int, Reading | BadRow]] = []
    for start, end in _elements(text, starts, lines[0].number):
        first, last = (bisect_right(starts, each) - 1 for each in (start, end - 1))
        number = lines[first].number
        unread = next((bad[index] for index in range(first, last + 1) if index in bad), None)
        row = BadRow(number, unread.code, unread.detail) if unread else None
        found.append((number, row or _decoded(number, text[start:end])))
    return found


def _elements(text: str, starts: list[int], first: int) -> Iterator[tuple[int, int]]:
    """Yield from where to where each element of an array stands in its text."""
    decoder = json.JSONDecoder()
    place = _past_blanks(text, text.index("[") + 1)
    if text[place : place + 1] == "]":
        return
    while True:
        try:
            _value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            line = first + bisect_right(starts, place) - 1
            raise OneEventALine(problem=f"the array breaks off in line {line}") from error
        yield place, end
        mark = _past_blanks(text, end)
        place = _past_blanks(text, mark + 1)
        if text[mark : mark + 1] == "]" and place == len(text):
            return
        if text[mark : mark + 1] != ",":
            line = first + bisect_right(starts, mark) - 1
            raise OneEventALine(problem=f"the array breaks off in line {line}")


def _past_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANK:
        place += 1
    return place
