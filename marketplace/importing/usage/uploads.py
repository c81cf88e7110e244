"""
Files of readings as people upload them: a table of ours, or the CloudEvents that agents send.

What comes of a file is known by sending it through the one door that readings have: as a trial,
which is taken back, and then for good.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from common import moments, tabular
from common.errors import InvalidInput, Refusal
from common.money import parse_decimal
from common.tabular import sheets
from common.tabular.columns import Column
from common.tabular.contracts import TableUnreadable
from common.tabular.writing import csv_text
from marketplace.importing.contracts import BadRow, TooManyRows
from marketplace.importing.formats import cloudevents_jsonl
from marketplace.importing.usage import job_tables
from metering import services as metering_services
from metering.contracts import REFUSAL_SENTENCES, CountingMeter, Reading, RowRefusal

ROWS_MAX: Final = 5_000
KEPT_FOR: Final = timedelta(days=1)
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EVENTS_LOOKED_AT: Final = 4_096
ID_LENGTH_MAX: Final = 200
OWN: Final = tabular.Layout("suanpan-readings", ("meter", "from", "to", "quantity"), ("id", "unit"))


class MeterMissing(InvalidInput):
    """A table of jobs was brought without the meter that they count for."""

    code = "meter_missing"
    sentence = _lazy("This is a table of jobs: choose the meter that their use counts for.")


@dataclass(slots=True)
class ReadingsFile:
    """The readings of a file with the numbers of their rows, and the rows that are none."""

    readings: list[tuple[int, Reading]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.readings) + len(self.bad)


@dataclass(frozen=True, slots=True)
class TakenReadings:
    """What became of a file's rows."""

    new: int
    known: int
    refused: tuple[BadRow, ...]


class _Unread(ValueError):  # noqa: N818 - an answer, not an error of the program
    """A cell cannot be read."""

    def __init__(self, code: str, column: str) -> None:
        super().__init__(column)
        self.code, self.column = code, column


# --- Reading -----------------------------------------------------------------------------------
def read(
    content: bytes,
    *,
    media_type: str,
    provider_id: UUID,
    units: Mapping[UUID, str],
    jobs_meter: CountingMeter | None = None,
) -> ReadingsFile:
    """
    Read an uploaded file; `units` says in what each of the provider's meters counts.

    A table of jobs names no meters: what they held counts for `jobs_meter`.

    :raises FileRefused: if it holds no table of ours, no jobs and no events
    :raises MeterMissing: if it holds jobs, and nobody said for which meter
    :raises TooManyRows: if it holds more rows than are taken at once
    """
    if b'"specversion"' in content[:EVENTS_LOOKED_AT]:
        found = _gathered(cloudevents_jsonl.readings(tabular.Lines(io.BytesIO(content))))
    elif job_tables.is_table_of_jobs(content):
        if jobs_meter is None:
            raise MeterMissing(field="meter")
        found = _gathered(job_tables.readings(content, jobs_meter, provider_id=provider_id))
    else:
        if media_type == SHEET:
            content = sheets.csv_of_sheet(content, rows_max=ROWS_MAX).encode()
        found = _gathered(_table(content, provider_id, units))
    if not found.rows:
        raise TableUnreadable(field="file", problem=_("there is no row below the header"))
    return found


def _gathered(rows: Iterable[tuple[int, Reading | BadRow]]) -> ReadingsFile:
    found = ReadingsFile()
    for number, row in rows:
        if found.rows == ROWS_MAX:
            raise TooManyRows(field="file", rows_max=ROWS_MAX)
        if isinstance(row, BadRow):
            found.bad.append(row)
        else:
            found.readings.append((number, row))
    return found


def _table(
    content: bytes, provider_id: UUID, units: Mapping[UUID, str]
) -> Iterator[tuple[int, Reading | BadRow]]:
    table = tabular.Table(tabular.Lines(io.BytesIO(content)), OWN)
    for row in table:
        if isinstance(row, tabular.BadLine):
            yield row.number, BadRow(row.number, row.code, row.detail, row.column)
            continue
        try:
            yield row.number, _reading(row.cells, provider_id, units)
        except _Unread as wrong:
            yield row.number, BadRow(row.number, wrong.code, "", wrong.column)


def _reading(cells: Mapping[str, str], provider_id: UUID, units: Mapping[UUID, str]) -> Reading:
    meter_id = _meter(cells["meter"])
    starts_at, ends_at = _moment(cells, "from"), _moment(cells, "to")
    named = cells.get("id", "")
    if len(named) > ID_LENGTH_MAX:
        raise _Unread(RowRefusal.INVALID_EVENT, "id")
    return Reading(
        source=f"urn:upload:{provider_id}",
        # The same stretch of the same meter is the same reading, whatever file it stands in.
        event_id=named or f"{meter_id}:{starts_at:%Y%m%dT%H%M%SZ}:{ends_at:%Y%m%dT%H%M%SZ}",
        meter_id=meter_id,
        starts_at=starts_at,
        ends_at=ends_at,
        quantity=_quantity(cells["quantity"]),
        unit=cells.get("unit", "") or units.get(meter_id, ""),
    )


def _meter(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _Unread(RowRefusal.UNKNOWN_METER, "meter") from None


def _moment(cells: Mapping[str, str], column: str) -> datetime:
    """Read a moment; one that names no zone is a time of the market's."""
    try:
        return moments.parse_moment(cells[column], moments.market_zone())
    except Refusal:
        raise _Unread(RowRefusal.INVALID_PERIOD, column) from None


def _quantity(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except Refusal:
        raise _Unread(RowRefusal.INVALID_QUANTITY, "quantity") from None


def template(meters: Iterable[tuple[UUID, datetime, datetime]]) -> str:
    """Return an example of our table: a line for each meter, with a stretch of time."""
    zone = moments.market_zone()
    lines = [
        [
            str(meter_id),
            starts_at.astimezone(zone).isoformat(timespec="seconds"),
            ends_at.astimezone(zone).isoformat(timespec="seconds"),
            "0",
        ]
        for meter_id, starts_at, ends_at in meters
    ]
    return csv_text([Column(name) for name in OWN.required], lines)


# --- Taking ------------------------------------------------------------------------------------
def take(file: ReadingsFile, *, provider_id: UUID, now: datetime) -> TakenReadings:
    """
    Take the readings of a file, each once and for good; bad ones do not spoil the others.

    :raises BatchTooLarge: if it holds more than one batch of readings may
    """
    taken = metering_services.ingest(
        provider_id=provider_id,
        readings=[reading for _number, reading in file.readings],
        received_at=now,
    )
    refused = [
        BadRow(file.readings[row.index][0], str(row.code), row.detail) for row in taken.refused
    ]
    found = sorted([*file.bad, *refused], key=lambda row: row.line)
    return TakenReadings(taken.accepted, taken.duplicates, tuple(found))


def tried(file: ReadingsFile, *, provider_id: UUID, now: datetime) -> TakenReadings:
    """Return what would come of a file, and keep nothing of it."""
    with transaction.atomic():
        taken = take(file, provider_id=provider_id, now=now)
        transaction.set_rollback(True)
    return taken


def sentence(row: BadRow) -> str:
    """Return in the reader's language why a row is not taken."""
    if row.code in REFUSAL_SENTENCES:
        return str(REFUSAL_SENTENCES[RowRefusal(row.code)])
    return row.detail
