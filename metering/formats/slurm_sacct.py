"""
Slurm's accounting, as `sacct --parsable2` prints it: one line a job, cells between bars.

Steps (`123.batch`, `123.0`) are parts of their job and are passed over. What a job held is read
from AllocTRES: its cards if it had any, else its processors. How long it held them is Elapsed,
from which Slurm has taken the time that the job was suspended.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from metering.contracts import BadRow, UsageRow
from metering.formats.lines import (
    Reckoning,
    UnreadableError,
    local_moment,
    table,
    unit_seconds,
)

REQUIRED: Final = ("JobID", "AllocTRES", "Start", "End", "Elapsed", "State")
CARDS: Final = "gres/gpu"
PROCESSORS: Final = "cpu"
ABSENT: Final = frozenset({"", "Unknown", "None", "N/A"})
# States of jobs that still hold what they hold: how much they used is not settled.
UNFINISHED: Final = frozenset(
    {"RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING", "RESIZING", "STAGE_OUT", "REQUEUED"}
)
_ELAPSED = re.compile(r"(?:(?:(\d{1,5})-)?(\d{1,2}):)?(\d{1,2}):(\d{2})(?:\.\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([KMGTP]?)", re.ASCII)
_SUFFIX: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}


def recognises(line: str) -> bool:
    """Return whether a line is this format's header."""
    return {"JobID", "State", "Elapsed"} <= set(line.split("|"))


def parse(lines: Iterable[str], reckoning: Reckoning) -> Iterator[UsageRow | BadRow]:
    """Yield each job's use, in card-seconds or, without cards, in vcpu-seconds."""
    for number, cells in table(lines, delimiter="|", required=REQUIRED):
        if isinstance(cells, BadRow):
            yield cells
        elif "." not in cells["JobID"]:
            yield _row(number, cells, reckoning)


def parse_tres(text: str) -> dict[str, Decimal]:
    """
    Read a TRES string, such as `cpu=8,gres/gpu:a100=2,mem=64G`; K to P are powers of 1024.

    :raises UnreadableError: if a part is not name=amount, or a name comes twice
    """
    amounts: dict[str, Decimal] = {}
    for part in filter(None, text.split(",")):
        name, _, amount = part.partition("=")
        written = _AMOUNT.fullmatch(amount)
        if not name or written is None or name in amounts:
            raise UnreadableError("bad_tres", f"AllocTRES: {part[:40]!r}")
        amounts[name] = Decimal(written[1]) * _SUFFIX[written[2]]
    return amounts


def parse_elapsed(text: str) -> int:
    """
    Read `[[DD-]HH:]MM:SS` as seconds; a fraction is cut.

    :raises UnreadableError: if it is anything else
    """
    written = _ELAPSED.fullmatch(text)
    if written is None:
        raise UnreadableError("bad_elapsed", f"Elapsed: {text[:40]!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in written.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _row(number: int, cells: Mapping[str, str], reckoning: Reckoning) -> UsageRow | BadRow:
    try:
        return _usage(number, cells, reckoning)
    except UnreadableError as error:
        return error.bad_row(number)


def _usage(number: int, cells: Mapping[str, str], reckoning: Reckoning) -> UsageRow:
    if not cells["JobID"]:
        raise UnreadableError("missing_name", "the job has no JobID")
    state = cells["State"].partition(" ")[0]
    if state in UNFINISHED:
        raise UnreadableError("unfinished_job", f"State: {state}, what it used is not settled")
    unit, held = _held(parse_tres(cells["AllocTRES"]))
    ran = _ran(cells, reckoning)
    seconds = parse_elapsed(cells["Elapsed"]) if ran else 0
    if ran and timedelta(seconds=seconds) > ran[1] - ran[0]:
        raise UnreadableError("bad_elapsed", "Elapsed is longer than from Start to End")
    submitted = cells.get("Submit", "")
    return UsageRow(
        line=number,
        subject_name=cells["JobID"],
        requested_at=None if submitted in ABSENT else _moment(submitted, "Submit", reckoning),
        starts_at=ran and ran[0],
        ends_at=ran and ran[1],
        quantity=unit_seconds(held, seconds),
        unit=unit,
        units_milli=held,
        facts={name: value for name, value in cells.items() if value and name != "JobID"},
    )


def _held(tres: Mapping[str, Decimal]) -> tuple[str, int]:
    """Return the unit that a job is counted in, and the thousandths of it that it held."""
    typed = sum(
        (amount for name, amount in tres.items() if name.startswith(f"{CARDS}:")), start=Decimal(0)
    )
    cards = tres.get(CARDS, typed)
    if cards:
        return "card-second", int(cards * 1000)
    return "vcpu-second", int(tres.get(PROCESSORS, Decimal(0)) * 1000)


def _ran(cells: Mapping[str, str], reckoning: Reckoning) -> tuple[datetime, datetime] | None:
    """Return when a job ran; None if it never started, or ended the moment it did."""
    if cells["Start"] in ABSENT:
        return None
    starts_at = _moment(cells["Start"], "Start", reckoning)
    ends_at = _moment(cells["End"], "End", reckoning)
    if ends_at < starts_at:
        raise UnreadableError("bad_period", "End is before Start")
    return None if ends_at == starts_at else (starts_at, ends_at)


def _moment(text: str, name: str, reckoning: Reckoning) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise UnreadableError("bad_time", f"{name}: {text[:40]!r} is no moment")
    return local_moment(text, name=name, zone=reckoning.zone)
