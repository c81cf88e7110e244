"""
Jobs that ended, from Slurm's accounting: `sacct` as text or as JSON.

It is asked again from some time before the latest end on: records may come late. A job is known by
cluster, number and start, so that none counts twice.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from suanpan_agent import moments
from suanpan_agent.config import SlurmSource
from suanpan_agent.counting import Stretch
from suanpan_agent.errors import SourceError
from suanpan_agent.moments import SECOND
from suanpan_agent.orders import OrderBook
from suanpan_agent.readings import of_stretch
from suanpan_agent.sources import Known
from suanpan_agent.spool import Taken

FIELDS: Final = (
    "JobIDRaw",
    "Cluster",
    "Partition",
    "Account",
    "User",
    "QOS",
    "State",
    "Start",
    "End",
    "ElapsedRaw",
    "AllocTRES",
    "Comment",
)
NAMES: Final = ("cluster", "partition", "account", "user", "qos", "state", "comment")


@dataclass(frozen=True, slots=True)
class Job:
    """A run of a job that ended; moments in seconds."""

    number: str
    start: int
    end: int
    elapsed: int
    tres: Mapping[str, str]
    said: Mapping[str, str]

    @property
    def name(self) -> str:
        """Return what the run is known by."""
        return f"{self.said['cluster']}/{self.number}/{self.start}"[:60]


class Slurm:
    """One accounting database."""

    def __init__(self, config: SlurmSource) -> None:
        self._config = config

    def look(self, known: Known) -> Taken:
        """Return the jobs that ended since the last time."""
        config, book = self._config, OrderBook(self._config)
        meter = known.meter(config.meter)
        latest = self._since(known)
        asked_from = latest - config.overlap_seconds
        taken = Taken(forget_seen_before=(asked_from - config.overlap_seconds) * SECOND)
        for job in self._jobs(asked_from):
            if job.name in known.seen or job.name in taken.seen or not self._is_ours(job):
                continue
            count = _count(job, config.tres)
            if count is None:
                taken.odd["bad_tres"] += 1
                continue
            order = book.order(job.said)
            taken.odd["without_order"] += order is None and count > 0
            taken.readings += of_stretch(
                Stretch(job.start * SECOND, job.end * SECOND, count * job.elapsed),
                meter=meter,
                source=f"urn:suanpan:slurm:{config.name}",
                name=job.name,
                subject=order,
            )
            taken.seen[job.name] = job.end * SECOND
            latest = max(latest, job.end)
        taken.places["latest"] = str(latest)
        return taken

    def sample(self, known: Known) -> str:
        """Ask once, and say how many jobs there are."""
        jobs = list(self._jobs(self._since(known) - self._config.overlap_seconds))
        ours = [job for job in jobs if self._is_ours(job)]
        return f"jobs that ended: {len(jobs)}, of this source: {len(ours)}"

    def _since(self, known: Known) -> int:
        kept = known.places.get("latest")
        if kept is not None:
            return int(kept)
        if not self._config.since:
            return known.now // SECOND
        try:
            return moments.read(self._config.since) // SECOND
        except ValueError as error:
            message = f"since: {error}"
            raise SourceError(message) from error

    def _is_ours(self, job: Job) -> bool:
        return all(job.said.get(name) == value for name, value in self._config.match.items())

    def _jobs(self, since: int) -> Iterator[Job]:
        text = self._run(since)
        try:
            yield from _from_json(text) if self._config.form == "json" else _from_text(text)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"what sacct said is not understood: {type(error).__name__}: {error}"
            raise SourceError(message) from error

    def _run(self, since: int) -> str:
        begin = datetime.fromtimestamp(max(since, 0), tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
        options = ["--allusers", "--allocations", "--duplicates", "--starttime", begin]
        if self._config.form == "json":
            options.append("--json")
        else:
            options += ["--parsable2", "--noheader", f"--format={','.join(FIELDS)}"]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command
                [*self._config.command, *options],
                capture_output=True,
                check=False,
                timeout=self._config.timeout_seconds,
                env={**os.environ, "TZ": "UTC", "SLURM_TIME_FORMAT": "%s", "LC_ALL": "C.UTF-8"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceError(str(error)) from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[:300]
            message = f"{self._config.command[0]} ended with {done.returncode}: {said}"
            raise SourceError(message)
        return done.stdout.decode("utf-8", "replace")


def _from_text(text: str) -> Iterator[Job]:
    for line in text.splitlines():
        if not line.strip():
            continue
        cells = line.split("|", len(FIELDS) - 1)
        if len(cells) != len(FIELDS):
            message = f"a line of {len(cells)} cells: {line[:80]!r}"
            raise ValueError(message)
        cell = dict(zip(FIELDS, cells, strict=True))
        job = _job(
            number=cell["JobIDRaw"],
            start=cell["Start"],
            end=cell["End"],
            elapsed=cell["ElapsedRaw"],
            tres=dict(each.split("=", 1) for each in cell["AllocTRES"].split(",") if "=" in each),
            said={name: cell[_field(name)] for name in NAMES},
        )
        if job is not None:
            yield job


def _field(name: str) -> str:
    return "QOS" if name == "qos" else name.capitalize()


def _from_json(text: str) -> Iterator[Job]:
    for told in json.loads(text, parse_float=str)["jobs"]:
        time, association = told["time"], told.get("association") or {}
        comment = told.get("comment")
        said = {
            "cluster": told.get("cluster") or association.get("cluster") or "",
            "partition": told.get("partition") or "",
            "account": told.get("account") or association.get("account") or "",
            "user": told.get("user") or association.get("user") or "",
            "qos": told.get("qos") or "",
            "state": _state(told.get("state")),
            "comment": (comment.get("job") if isinstance(comment, dict) else comment) or "",
        }
        job = _job(
            number=str(told["job_id"]),
            start=str(_number(time["start"])),
            end=str(_number(time["end"])),
            elapsed=str(_number(time["elapsed"])),
            tres=dict(_tres(told)),
            said=said,
        )
        if job is not None:
            yield job


def _job(
    *,
    number: str,
    start: str,
    end: str,
    elapsed: str,
    tres: Mapping[str, str],
    said: Mapping[str, str],
) -> Job | None:
    """Return a run; nothing if it never started, or is not over."""
    if not (start.isdigit() and end.isdigit() and elapsed.isdigit()):
        return None
    first, last, seconds = int(start), int(end), int(elapsed)
    if first <= 0 or last <= first or seconds <= 0:
        return None
    # Suspended time is not counted: elapsed may be less than the time between.
    return Job(number, first, last, min(seconds, last - first), tres, said)


def _number(value: Any) -> int:
    """Return a number as Slurm writes it: plain, or with whether it is set."""
    if isinstance(value, dict):
        return int(value.get("number", 0)) if value.get("set") else 0
    return int(value)


def _state(value: Any) -> str:
    current = value.get("current", "") if isinstance(value, dict) else value
    return str(current[0] if isinstance(current, list) and current else current or "")


def _tres(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in (told.get("tres") or {}).get("allocated") or []:
        name = f"{each['type']}/{each['name']}" if each.get("name") else str(each["type"])
        yield name, str(each["count"])


def _count(job: Job, tres: str) -> Decimal | None:
    """Return how many of something a job held; 0 if none, nothing if that is not understood."""
    said = job.tres.get(tres, "0")
    return Decimal(said) if said.isascii() and said.isdigit() else None
