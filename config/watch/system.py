"""How the market is, part by part, in the words of the page *System*."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import clock, tenancy
from common.due import Due, DueWork
from config import due
from config.pulse import report
from config.pulse.report import Part
from config.watch import tallying
from ledger import selectors as ledger_selectors
from metering.accounting import Whereabouts

WEB: Final = "web"
# Of each part: its name, and its states in words.
NAMES: Final[Mapping[str, str | Promise]] = {
    "web": _("Web"),
    "worker": _("Worker"),
    "beat": _("Beat"),
    "database": _("Database"),
    "sealer": _("Sealer"),
    "balances": _("Balances"),
    "readings": _("Readings"),
    "rings": _("Doorbell"),
    "storage": _("Disk"),
    "work": _("Due work"),
    "clocks": _("Clocks"),
    "seals": _("Secret key"),
}
STATES: Final[Mapping[tuple[str, str], str | Promise]] = {
    ("web", "ok"): _("Answers"),
    ("web", "silent"): _("Gives no sign of life"),
    ("worker", "ok"): _("Works"),
    ("worker", "silent"): _("Gives no sign of life"),
    ("beat", "ok"): _("Rings for what is due"),
    ("beat", "silent"): _("Gives no sign of life"),
    ("database", "ok"): _("Answers"),
    ("sealer", "ok"): _("Seals what is posted"),
    ("sealer", "behind"): _("Is behind"),
    ("balances", "ok"): _("Equal their transfers"),
    ("balances", "differ"): _("Differ from their transfers"),
    ("readings", "ok"): _("Every accepted one is accounted for"),
    ("readings", "lost"): _("Some are accounted for nowhere"),
    ("rings", "ok"): _("Rings arrive"),
    ("rings", "lost"): _("Rings are lost"),
    ("storage", "ok"): _("Has room"),
    ("storage", "full"): _("Is almost full"),
    ("storage", "unreachable"): _("Cannot be reached"),
    ("work", "ok"): _("Is done in time"),
    ("work", "late"): _("Lies longer than it may"),
    ("clocks", "ok"): _("Agree"),
    ("clocks", "disagree"): _("Disagree: work stands still"),
    ("seals", "ok"): _("Is known to the database"),
    ("seals", "unknown"): _("Is not known to the database: run migrate"),
}
LATE: Final = _("late")
UNDER_WAY: Final = _("under way")


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part as the page shows it."""

    name: str
    label: str | Promise
    state: str | Promise
    is_well: bool
    sign_at: datetime | None
    sign_seconds: int | None
    oldest_label: str | Promise
    oldest_seconds: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One kind of due work as the page shows it."""

    name: str
    label: Promise
    rows: int
    is_capped: bool
    oldest_at: datetime | None
    oldest_seconds: int
    is_in_time: bool
    state: str | Promise
    sweeper: str


@dataclass(frozen=True, slots=True)
class System:
    """The whole page's figures, read at one moment."""

    now: datetime
    parts: Sequence[PartLine]
    work: Sequence[WorkLine]
    height: int
    readings: Whereabouts

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done."""
        return all(part.is_well for part in self.parts)

    @property
    def oldest(self) -> WorkLine | None:
        """Return the kind of work with the oldest row that ought to be done by now."""
        waiting = [line for line in self.work if line.oldest_at is not None]
        return max(waiting, key=lambda line: line.oldest_seconds, default=None)


def read() -> System:
    """Read how everything is, for somebody who may see all of it."""
    with tenancy.acting_as_platform():
        now = clock.read()
        found = report.due_work(now)
        work = [_work_line(each, count, now) for each, count in found]
        head = ledger_selectors.head()
        signs = report.signs() | {"sealer": head.sealed_at if head else None, "database": now}
        readings = tallying.whereabouts()
        told = tallying.part(readings)
        parts = [_web(now, signs.get(WEB)), *report.parts(WEB, found), _database(), told]
    by_name = {part.name: part for part in parts}
    lines = [_part_line(by_name[name], signs, work, now) for name in NAMES if name in by_name]
    return System(now, lines, work, head.size if head else 0, readings)


def _web(now: datetime, sign_at: datetime | None) -> Part:
    return report.heard(WEB, now, sign_at)


def _database() -> Part:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT numbackends, current_setting('max_connections')::int"
            " FROM pg_stat_database WHERE datname = current_database()"
        )
        used, most = cursor.fetchone()
    return Part("database", report.OK, {"connections": used, "connections_max": most})


def _work_line(work: DueWork, found: Due, now: datetime) -> WorkLine:
    is_late = work.is_late(found, now=now)
    return WorkLine(
        name=work.name,
        label=work.label,
        rows=found.rows,
        is_capped=found.is_capped,
        oldest_at=found.oldest_at,
        oldest_seconds=int(found.seconds(now)),
        is_in_time=not is_late,
        state=LATE if is_late else UNDER_WAY,
        sweeper=due.SWEEPERS[work.name],
    )


def _part_line(
    part: Part,
    signs: Mapping[str, datetime | None],
    work: Sequence[WorkLine],
    now: datetime,
) -> PartLine:
    sign_at = signs.get(part.name)
    oldest = _oldest_of(part.name, work)
    return PartLine(
        name=part.name,
        label=NAMES[part.name],
        state=STATES.get((part.name, part.status), part.status),
        is_well=part.is_well,
        sign_at=sign_at,
        sign_seconds=None if sign_at is None else max((now - sign_at) // timedelta(seconds=1), 0),
        oldest_label=oldest.label if oldest else "",
        oldest_seconds=oldest.oldest_seconds if oldest else 0,
        facts=part.facts,
    )


def _oldest_of(part: str, work: Sequence[WorkLine]) -> WorkLine | None:
    """Return the oldest work of the parts that work: the sealer's own, the worker's any other."""
    sealing = due.SEAL.name
    mine = {
        "sealer": [line for line in work if line.name == sealing],
        "worker": [line for line in work if line.name != sealing],
    }.get(part, [])
    waiting = [line for line in mine if line.oldest_at is not None]
    return max(waiting, key=lambda line: line.oldest_seconds, default=None)
