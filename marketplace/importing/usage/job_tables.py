"""
Tables of jobs as schedulers keep them, for one meter: what each run held becomes readings.

Slurm's `sacct`, as text between bars or as JSON, and tables of traces such as Helios' (a line a
job: start, end, number of cards). A run is known by its number and start, so that it counts once,
whatever file it stands in.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from common import moments, tabular
from common.errors import Refusal
from marketplace.importing.contracts import BadRow, StepRow, UsageRow
from marketplace.importing.formats import Reckoning, slurm_sacct
from marketplace.importing.formats.lines import (
    UnreadableError,
    no_moment,
    unit_seconds,
    whole,
)
from marketplace.importing.usage.wishes import pieces
from metering.contracts import CountingMeter, Reading

HELIOS: Final = tabular.Layout("helios", ("job_id", "gpu_num", "state", "start_time", "end_time"))
CARD: Final = "card-second"
UNITS: Final = {"gpu": CARD, "cpu": "vcpu-second", "node": "node-second"}
_JSON: Final = re.compile(rb'\A(\xef\xbb\xbf)?\s*\{.{0,200000}?"jobs"\s*:\s*\[', re.DOTALL)
_BARS: Final = re.compile(rb"\A(\xef\xbb\xbf)?[^\n]*\bJobID\b[^\n]*\|")
_HEADER: Final = re.compile(rb"\A(\xef\xbb\xbf)?[^\n]*\bjob_id\b[^\n]*\bgpu_num\b", re.IGNORECASE)

Row = UsageRow | StepRow | BadRow


def is_table_of_jobs(content: bytes) -> bool:
    """Return whether a file is one of these."""
    return any(each.match(content) for each in (_BARS, _HEADER, _JSON))


def readings(
    content: bytes, meter: CountingMeter, *, provider_id: UUID
) -> Iterator[tuple[int, Reading | BadRow]]:
    """
    Yield what each run held, cut at the edges of the meter's windows.

    :raises FileRefused: if the table cannot be read as a whole
    """
    for row in _rows(content):
        if isinstance(row, BadRow):
            yield row.line, row
        elif isinstance(row, UsageRow) and row.unit != meter.unit and row.quantity:
            told = _("it held %(held)s, and the meter counts %(unit)s") % {
                "held": row.unit,
                "unit": meter.unit,
            }
            yield row.line, BadRow(row.line, "unit_mismatch", told)
        elif isinstance(row, UsageRow):
            for piece in _readings(row, meter, provider_id):
                yield row.line, piece


def _rows(content: bytes) -> Iterable[Row]:
    if _JSON.match(content):
        return _from_json(content)
    lines = tabular.Lines(io.BytesIO(content))
    if _BARS.match(content):
        reckoning = Reckoning(zone=moments.market_zone())
        return slurm_sacct.rows(tabular.Table(lines, slurm_sacct.LAYOUT), reckoning)
    return map(_helios, tabular.Table(lines, HELIOS))


def _readings(row: UsageRow, meter: CountingMeter, provider_id: UUID) -> Iterator[Reading]:
    for piece in pieces(row, window_seconds=meter.window_seconds):
        if piece.quantity > 0:
            yield Reading(
                source=f"urn:upload:{provider_id}:jobs",
                event_id=f"{row.identity[:80]}:{piece.starts_at:%Y%m%dT%H%M%SZ}",
                meter_id=meter.id,
                starts_at=piece.starts_at,
                ends_at=piece.ends_at,
                quantity=piece.quantity,
                unit=meter.unit,
            )


def _helios(record: tabular.Record | tabular.BadLine) -> Row:
    if isinstance(record, tabular.BadLine):
        return BadRow(record.number, record.code, record.detail, record.column)
    cells = record.cells
    try:
        if cells["start_time"] in slurm_sacct.ABSENT or not whole(cells, "gpu_num"):
            return _used(record.number, cells["job_id"], None, 0, CARD)
        period = (_moment(cells, "start_time"), _moment(cells, "end_time"))
        return _used(record.number, cells["job_id"], period, whole(cells, "gpu_num"), CARD)
    except UnreadableError as error:
        return error.bad_row(record.number)


def _moment(cells: Mapping[str, str], name: str) -> datetime:
    """
    Read a moment; one that names no zone is a time of the market's.

    :raises UnreadableError: if it is none
    """
    try:
        return moments.parse_moment(cells[name], moments.market_zone())
    except Refusal:
        raise UnreadableError("bad_time", no_moment(name, cells[name])) from None


def _used(
    line: int, name: str, period: tuple[datetime, datetime] | None, count: int, unit: str
) -> UsageRow:
    """
    Return what a run held.

    :raises UnreadableError: if it has no name, or ends before it starts
    """
    if not name:
        raise UnreadableError("missing_name", _("the job has no number"))
    if period is None:
        return UsageRow(line, name, None, None, None, Decimal(0), unit)
    start, end = (each.replace(microsecond=0) for each in period)
    if end < start:
        raise UnreadableError("bad_period", _("it ends before it starts"))
    seconds = int((end - start).total_seconds())
    quantity = unit_seconds(count * 1000, seconds)
    key = f"{name}@{start:%Y%m%dT%H%M%SZ}"
    return UsageRow(line, name, None, start, end, quantity, unit, count * 1000, key=key)


def _from_json(content: bytes) -> Iterator[Row]:
    """
    Yield the jobs of `sacct --json`.

    :raises FileRefused: if it is no JSON
    """
    try:
        told = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        jobs: list[Any] = list(told["jobs"])
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, KeyError, RecursionError) as error:
        raise tabular.FileRefused(field="file") from error
    for number, job in enumerate(jobs, start=1):
        try:
            yield _job(number, job)
        except UnreadableError as error:
            yield error.bad_row(number)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            told = _("the job has not the form of Slurm's: %(problem)s") % {
                "problem": f"{type(error).__name__}: {str(error)[:100]}"
            }
            yield BadRow(number, "bad_job", told)


def _job(number: int, job: Mapping[str, Any]) -> UsageRow:
    time = job["time"]
    start, end, elapsed = (_number(time[name]) for name in ("start", "end", "elapsed"))
    name, (kind, count) = str(job["job_id"]), _held(job)
    if start <= 0:
        return _used(number, name, None, 0, UNITS[kind])
    if end <= 0:
        told = _("the job has no end: what it used is not settled")
        raise UnreadableError("unfinished_job", told)
    period = (datetime.fromtimestamp(start, tz=UTC), datetime.fromtimestamp(end, tz=UTC))
    used = _used(number, name, period, count, UNITS[kind])
    # Time for which a job was suspended is not counted: elapsed may be less than from start to end.
    suspended = unit_seconds(used.units_milli, max(elapsed, 0))
    return replace(used, quantity=min(used.quantity, suspended))


def _held(job: Mapping[str, Any]) -> tuple[str, int]:
    """
    Return what a job held: its cards, else its processors, else its nodes.

    :raises UnreadableError: if it names none of them
    """
    counts: dict[str, int] = {}
    for each in (job.get("tres") or {}).get("allocated") or []:
        is_card = each["type"] == "gres" and str(each.get("name", "")) == "gpu"
        counts["gpu" if is_card else str(each["type"])] = _number(each["count"])
    for kind in UNITS:
        if counts.get(kind):
            return kind, counts[kind]
    raise UnreadableError("no_allocation", _("the job names nothing that it held"))


def _number(value: Any) -> int:
    """Return a number as Slurm writes it: plain, or with whether it is set."""
    if isinstance(value, dict):
        return int(value.get("number", 0)) if value.get("set") else 0
    return int(value)
