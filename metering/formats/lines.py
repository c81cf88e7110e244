"""What the formats share: numbered lines, cells by name, and how each cell is read."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from common.money import EXACT
from metering.contracts import BadRow

LINE_LENGTH_MAX: Final = 65_536
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """
    What a format leaves unsaid about time.

    Traces count seconds from a start that they do not name: `origin` names it. Logs write local
    times: `zone` says where.
    """

    origin: datetime = datetime(2023, 1, 1, tzinfo=UTC)
    zone: tzinfo = UTC


class UnreadableError(ValueError):
    """A cell cannot be read; becomes the row's refusal."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code

    def bad_row(self, line: int) -> BadRow:
        """Return the refusal of the row."""
        return BadRow(line, self.code, str(self))


def table(
    lines: Iterable[str], *, delimiter: str, required: Sequence[str]
) -> Iterator[tuple[int, dict[str, str] | BadRow]]:
    """
    Yield the rows under a header line as cells by name, with their line numbers.

    A row with too few or too many cells is bad. A header without a required name is the only
    thing yielded.
    """
    numbered = enumerate(lines, start=1)
    _, first = next(numbered, (1, ""))
    header = _cells(first.removeprefix("\ufeff")[:LINE_LENGTH_MAX], delimiter)
    missing = [name for name in required if name not in header]
    if missing or len(set(header)) != len(header):
        detail = f"missing {missing[0]}" if missing else "a column is named twice"
        yield 1, BadRow(1, "bad_header", detail)
        return
    for number, line in numbered:
        if line.strip():
            yield number, _row(number, line, header, delimiter)


def _row(number: int, line: str, header: list[str], delimiter: str) -> dict[str, str] | BadRow:
    if len(line) > LINE_LENGTH_MAX:
        return BadRow(number, "line_too_long", f"longer than {LINE_LENGTH_MAX} characters")
    if _CONTROL.search(line.rstrip("\r\n")):
        return BadRow(number, "bad_character", "the line holds a control character")
    cells = _cells(line, delimiter)
    if len(cells) != len(header):
        detail = f"{len(cells)} cells under {len(header)} columns"
        return BadRow(number, "wrong_cell_count", detail)
    return dict(zip(header, cells, strict=True))


def _cells(line: str, delimiter: str) -> list[str]:
    text = line.rstrip("\r\n")
    if delimiter == "|":  # sacct neither quotes nor escapes
        return text.split("|")
    return next(csv.reader([text], delimiter=delimiter), [])


def whole(cells: Mapping[str, str], name: str) -> int:
    """
    Read a whole number of plain digits.

    :raises UnreadableError: if the cell is anything else
    """
    text = cells[name]
    if not _WHOLE.fullmatch(text):
        raise UnreadableError("bad_number", f"{name}: {text[:40]!r} is no whole number")
    return int(text)


def unit_seconds(units_milli: int, seconds: int) -> Decimal:
    """Return what so many thousandths of a unit yield in that time, exactly."""
    return Decimal(units_milli * seconds).scaleb(-3, context=EXACT)


def moment_after(origin: datetime, seconds: int, *, name: str) -> datetime:
    """
    Return the moment so many seconds after the origin.

    :raises UnreadableError: if it lies beyond the calendar
    """
    try:
        return origin + timedelta(seconds=seconds)
    except OverflowError as error:
        raise UnreadableError("bad_time", f"{name}: {seconds} seconds is too far away") from error


def local_moment(text: str, *, name: str, zone: tzinfo) -> datetime:
    """
    Return an ISO 8601 local time as a moment in UTC, where differences are true across the year.

    :raises UnreadableError: if it is none, or lies beyond the calendar
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableError("bad_time", f"{name}: {text[:40]!r} is no moment") from error
