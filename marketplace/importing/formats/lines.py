"""What the formats share: how each cell is read, and what a format leaves unsaid."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from common import moments
from common.money import EXACT
from common.tabular import BadLine
from marketplace.importing.contracts import BadRow

_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_LOCAL = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
UNTYPED: Final = "gpu"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """
    What a format leaves unsaid.

    Traces count seconds from a start that they do not name: `origin` names it. Logs write local
    times: `zone` says where. `cards` says which chip a name of a kind of card stands for (`gpu`:
    cards of which no kind is written), `slices` which part of a card a slice is.
    """

    origin: datetime = datetime(2023, 1, 1, tzinfo=UTC)
    zone: tzinfo = UTC
    cards: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[str, Decimal] = field(default_factory=dict)


class UnreadableError(ValueError):
    """A cell cannot be read; becomes the row's refusal."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code

    def bad_row(self, line: int) -> BadRow:
        """Return the refusal of the row."""
        return BadRow(line, self.code, str(self))


def no_moment(name: str, text: str) -> str:
    """Return the sentence for a cell that is no moment."""
    return _("%(name)s: %(value)s is no moment") % {"name": name, "value": repr(text[:40])}


def not_read(name: str, text: str) -> str:
    """Return the sentence for a cell of which nothing can be made."""
    return _("%(name)s: %(value)s cannot be read") % {"name": name, "value": repr(text[:40])}


def bad_row(line: BadLine) -> BadRow:
    """Return the refusal of a line that is no record."""
    return BadRow(line.number, line.code, line.detail)


def whole(cells: Mapping[str, str], name: str) -> int:
    """
    Read a whole number of plain digits.

    :raises UnreadableError: if the cell is anything else
    """
    text = cells[name]
    if not _WHOLE.fullmatch(text):
        told = _("%(name)s: %(value)s is no whole number") % {
            "name": name,
            "value": repr(text[:40]),
        }
        raise UnreadableError("bad_number", told)
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
        told = _("%(name)s: %(seconds)s seconds is too far away") % {
            "name": name,
            "seconds": seconds,
        }
        raise UnreadableError("bad_time", told) from error


def moments_of(text: str, *, name: str, zone: tzinfo) -> tuple[datetime, ...]:
    """
    Return the moments that a written time may be, in UTC, where differences are true.

    It is one if the time carries its offset, and as a rule; two where the clocks of the zone were
    put back and showed it twice.

    :raises UnreadableError: if it is none: no time, beyond the calendar, or skipped by the clocks
    """
    written = _LOCAL.fullmatch(text)
    if written is None:
        raise UnreadableError("bad_time", no_moment(name, text))
    day, clock, fraction, offset = written.groups()
    plain = f"{day}T{clock}.{(fraction or '0')[:6]}"
    try:
        if offset:
            return (moments.parse_moment(plain + offset),)
        found = moments.local_moments(datetime.fromisoformat(plain.ljust(26, "0")), zone)
    except (moments.InvalidMoment, ValueError) as error:
        raise UnreadableError("bad_time", no_moment(name, text)) from error
    if not found:
        told = _("%(name)s: the clocks of %(zone)s skip %(value)s: is --zone right?") % {
            "name": name,
            "zone": zone,
            "value": text[:40],
        }
        raise UnreadableError("bad_time", told)
    return found
