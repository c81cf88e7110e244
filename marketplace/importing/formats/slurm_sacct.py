"""
Slurm's accounting, as `sacct --parsable2` prints it: one line a run of a job, cells between bars.

A job that is requeued runs again under its number: what tells its runs apart is their start. Steps
(`123.batch`, `123.0`) are parts of their job and are passed over. What a job held is read from
AllocTRES (`slurm_tres`); a job that held cards of several kinds becomes a row for each. How long it
held them is Elapsed, from which Slurm has taken the time that the job was suspended.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from common.tabular import BadLine, Layout, Record
from marketplace.importing.contracts import (
    BadRow,
    StepRow,
    UsageFormat,
    UsageRow,
)
from marketplace.importing.formats.lines import (
    Reckoning,
    UnreadableError,
    bad_row,
    moments_of,
    not_read,
    unit_seconds,
)
from marketplace.importing.formats.slurm_tres import Held, held

REQUIRED: Final = ("JobID", "AllocTRES", "Start", "End", "Elapsed", "State")
LAYOUT: Final = Layout(UsageFormat.SLURM, REQUIRED, separators="|\t;", is_quoted=False)
ABSENT: Final = frozenset({"", "Unknown", "None", "N/A", "NONE"})
# States of runs that are over. All of them are billed for what they held while they ran: also the
# ones that a node, the scheduler or their owner ended.
OVER: Final = frozenset(
    {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY"}
    | {"DEADLINE", "BOOT_FAIL", "LAUNCH_FAILED", "RECONFIG_FAIL", "REQUEUED", "RESIZING"}
    | {"REVOKED", "SPECIAL_EXIT"}
)
# States of jobs that still hold what they hold: how much they used is not settled.
UNFINISHED: Final = frozenset(
    ["RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING", "STAGE_OUT", "SIGNALING", "STOPPED"]
)
# States of jobs that wait to run, for the first time or again.
WAITING: Final = frozenset(["PENDING", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD"])
_ELAPSED = re.compile(r"(?:(?:(\d{1,5})-)?(\d{1,2}):)?(\d{1,2}):(\d{2})(?:\.\d+)?", re.ASCII)
_UNIX = re.compile(r"[0-9]{9,10}", re.ASCII)  # SLURM_TIME_FORMAT=%s


def rows(
    records: Iterable[Record | BadLine], reckoning: Reckoning
) -> Iterator[UsageRow | StepRow | BadRow]:
    """Yield each run's use: in card-seconds, else vcpu-seconds, else node-seconds."""
    jobs: set[str] = set()
    early: list[tuple[int, str]] = []
    for record in records:
        if isinstance(record, BadLine):
            yield bad_row(record)
            continue
        job, dot, _step = record.cells["JobID"].partition(".")
        if not dot:
            jobs.add(job)
            yield from _job(record, reckoning)
        elif job in jobs:
            yield StepRow(record.number)
        else:
            early.append((record.number, job))
    for number, job in early:
        told = _("a step of job %(job)s, which has no line of its own here") % {"job": job[:40]}
        yield StepRow(number) if job in jobs else BadRow(number, "step_without_job", told)


def parse_elapsed(text: str) -> int:
    """
    Read `[[DD-]HH:]MM:SS` as seconds; a fraction is cut.

    :raises UnreadableError: if it is anything else
    """
    written = _ELAPSED.fullmatch(text)
    if written is None:
        raise UnreadableError("bad_elapsed", not_read("Elapsed", text))
    days, hours, minutes, seconds = (int(part or 0) for part in written.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _job(record: Record, reckoning: Reckoning) -> list[UsageRow] | list[BadRow]:
    try:
        return _usage(record.number, record.cells, reckoning)
    except UnreadableError as error:
        return [error.bad_row(record.number)]


def _usage(number: int, cells: Mapping[str, str], reckoning: Reckoning) -> list[UsageRow]:
    if not cells["JobID"]:
        raise UnreadableError("missing_name", _("the job has no JobID"))
    ran = _ran(cells, reckoning)
    parts = held(cells, reckoning) if ran else []
    if ran and not parts:
        told = _("the job ran, and AllocTRES names nothing that it held: %(value)s") % {
            "value": repr(cells["AllocTRES"][:40])
        }
        raise UnreadableError("no_allocation", told)
    return [
        _row(number, cells, reckoning, ran, part, kind=part.kind if len(parts) > 1 else "")
        for part in parts or [Held("vcpu-second", 0)]
    ]


def _row(
    number: int,
    cells: Mapping[str, str],
    reckoning: Reckoning,
    ran: tuple[datetime, datetime] | None,
    part: Held,
    *,
    kind: str,
) -> UsageRow:
    run = f"{cells['JobID']}@{cells['Start']}"
    state = _state(cells)
    return UsageRow(
        line=number,
        subject_name=cells["JobID"],
        requested_at=_submitted(cells.get("Submit", ""), reckoning, ran and ran[0]),
        starts_at=ran and ran[0],
        ends_at=ran and ran[1],
        quantity=unit_seconds(part.milli, parse_elapsed(cells["Elapsed"]) if ran else 0),
        unit=part.unit,
        units_milli=part.milli,
        chips=part.chips,
        facts={name: value for name, value in cells.items() if value and name != "JobID"},
        key=f"{run}/{kind}" if kind else run,
        outcome="" if state == "COMPLETED" else state,
    )


def _state(cells: Mapping[str, str]) -> str:
    """Return the state without who or what brought it about, as in `CANCELLED by 1000`."""
    return cells["State"].partition(" ")[0].upper()


def _ran(cells: Mapping[str, str], reckoning: Reckoning) -> tuple[datetime, datetime] | None:
    """
    Return when a run was; None if it never started, or ended the moment it did.

    :raises UnreadableError: if it is not over, or its times cannot be
    """
    state = _state(cells)
    if state in UNFINISHED:
        told = _("State: %(state)s, what it used is not settled") % {"state": state}
        raise UnreadableError("unfinished_job", told)
    if state not in OVER and state not in WAITING:
        raise UnreadableError("unknown_state", not_read("State", cells["State"]))
    if cells["Start"] in ABSENT or state in WAITING:
        if cells["Elapsed"] not in ABSENT and parse_elapsed(cells["Elapsed"]):
            told = _("Start: %(start)s, but Elapsed is %(elapsed)s") % {
                "start": repr(cells["Start"][:40]),
                "elapsed": cells["Elapsed"][:40],
            }
            raise UnreadableError("bad_time", told)
        return None
    if state == "REQUEUED" and cells["End"] in ABSENT:
        told = _("State: REQUEUED, and this run has no End")
        raise UnreadableError("unfinished_job", told)
    starts = _moments(cells["Start"], "Start", reckoning)
    ends = _moments(cells["End"], "End", reckoning)
    return _told_by_elapsed(starts, ends, cells["Elapsed"], reckoning)


def _told_by_elapsed(
    starts: tuple[datetime, ...], ends: tuple[datetime, ...], elapsed: str, reckoning: Reckoning
) -> tuple[datetime, datetime] | None:
    """
    Return the start and the end that Elapsed fits; of several the first, and the shortest.

    An hour that the clock shows twice is told by how long the run took.

    :raises UnreadableError: if none fits
    """
    pairs = [(start, end) for start in starts for end in ends if start <= end]
    if not pairs:
        told = _("End is before Start (read in %(zone)s)") % {"zone": reckoning.zone}
        raise UnreadableError("bad_period", told)
    length = timedelta(seconds=parse_elapsed(elapsed))
    if not length and any(start == end for start, end in pairs):
        return None
    fitting = [(start, end) for start, end in pairs if start < end and length <= end - start]
    if not fitting:
        told = _("Elapsed %(elapsed)s is longer than from Start to End (read in %(zone)s)") % {
            "elapsed": elapsed,
            "zone": reckoning.zone,
        }
        raise UnreadableError("bad_elapsed", told)
    return min(fitting, key=lambda pair: (pair[1] - pair[0], pair[0]))


def _moments(text: str, name: str, reckoning: Reckoning) -> tuple[datetime, ...]:
    if _UNIX.fullmatch(text):
        return (datetime.fromtimestamp(int(text), tz=UTC),)
    return tuple(
        each.replace(microsecond=0) for each in moments_of(text, name=name, zone=reckoning.zone)
    )


def _submitted(text: str, reckoning: Reckoning, start: datetime | None) -> datetime | None:
    """Return when a job was submitted: before it started. A time that cannot be read sinks none."""
    try:
        found = _moments(text, "Submit", reckoning)
    except UnreadableError:
        return None
    before = [each for each in found if start is None or each <= start]
    return before[-1] if before else found[0]
