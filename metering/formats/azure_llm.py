"""
The Azure trace of language-model requests: one line a request, counted in tokens.

A request has a moment and no length: it is given the microsecond after it, so that it lies in one
window. The trace writes seven digits of a second; the seventh, a tenth of a microsecond, is cut.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from metering.contracts import BadRow, UsageRow
from metering.formats.lines import Reckoning, UnreadableError, local_moment, table, whole

COLUMNS: Final = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(\+00:00|Z)?", re.ASCII
)


def recognises(line: str) -> bool:
    """Return whether a line is this format's header."""
    return set(COLUMNS) <= set(line.split(","))


def parse(lines: Iterable[str], reckoning: Reckoning) -> Iterator[UsageRow | BadRow]:
    """Yield each request's tokens, context and generated together."""
    for number, cells in table(lines, delimiter=",", required=COLUMNS):
        if isinstance(cells, BadRow):
            yield cells
            continue
        try:
            yield _usage(number, cells, reckoning)
        except UnreadableError as error:
            yield error.bad_row(number)


def _usage(number: int, cells: Mapping[str, str], reckoning: Reckoning) -> UsageRow:
    at = _moment(cells["TIMESTAMP"], reckoning)
    context, generated = whole(cells, "ContextTokens"), whole(cells, "GeneratedTokens")
    return UsageRow(
        line=number,
        subject_name=f"request-{number - 1}",
        requested_at=at,
        starts_at=at,
        ends_at=at + timedelta(microseconds=1),
        quantity=Decimal(context + generated),
        unit="token",
        facts={name: cells[name] for name in COLUMNS},
    )


def _moment(text: str, reckoning: Reckoning) -> datetime:
    written = _MOMENT.fullmatch(text)
    if written is None:
        raise UnreadableError("bad_time", f"TIMESTAMP: {text[:40]!r} is no moment")
    day, time, fraction, is_utc = written.groups()
    zone = UTC if is_utc else reckoning.zone
    moment = local_moment(f"{day}T{time}", name="TIMESTAMP", zone=zone)
    return moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
