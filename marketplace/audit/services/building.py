"""Building exports: one snapshot, one pass over the rows, constant memory."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from common import tenancy
from common.outages import outage_of
from common.snapshots import reading_one_moment
from marketplace.audit import datasets, documents, ledger_pack, seal_file, selectors, writers
from marketplace.audit.bundle import write_bundle
from marketplace.audit.contracts import ExportJob, ExportState
from marketplace.audit.event_names import AuditEvent
from marketplace.audit.manifest import ControlTotals, manifest
from marketplace.audit.models import Export
from marketplace.audit.snapshot import ExportWatch
from marketplace.audit.telling import record_events

logger = structlog.get_logger(__name__)
PROGRESS_ROWS: Final = 5_000
ATTEMPTS_MAX: Final = 3
GIVEN_UP: Final = f"given up after {ATTEMPTS_MAX} tries"
SILENCE_MAX: Final = timedelta(seconds=60)
Clock = Callable[[], datetime]


class Cancelled(Exception):  # noqa: N818 - it ends the run, nothing went wrong
    """The export is no longer wanted of this run."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished bundle."""

    manifest: dict[str, Any]
    bytes: int


def build_next(*, clock: Clock) -> Export | None:
    """
    Build the export that waits longest; None if none waits.

    Must not run inside a transaction: what it tells of its progress would not be seen. An export
    that finds no room waits again, behind the others, and has not used up a try. One that fails by
    itself waits behind the others, too, and after its last try for a person.
    """
    taken = _take(now=clock())
    if taken is None:
        return None
    export, job = taken
    try:
        built = _build(job, clock, attempt=export.attempts)
    except Cancelled:
        logger.info("audit.export.cancelled", number=export.number)
        return export
    except Exception as error:
        if outage_of(error) is not None:
            _put_back(export, now=clock())
            raise
        logger.exception("audit.export.failed", number=export.number, tries=export.attempts)
        _try_later(export, now=clock())
        return export
    with tenancy.acting_as_platform():
        _finish(export, built, now=clock())
    logger.info("audit.export.built", number=export.number, rows=built.manifest["rows"])
    return export


@tenancy.acting_as_platform()
def _put_back(export: Export, *, now: datetime) -> None:
    Export.objects.filter(pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts).update(
        state=ExportState.QUEUED, attempts=export.attempts - 1, queued_at=now
    )


@tenancy.acting_as_platform()
def _try_later(export: Export, *, now: datetime) -> None:
    is_last = export.attempts >= ATTEMPTS_MAX
    state = {"state": ExportState.FAILED, "finished_at": now, "failure": GIVEN_UP}
    taken = Export.objects.filter(pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts)
    taken.update(**state if is_last else {"state": ExportState.QUEUED, "queued_at": now})
    if is_last:
        record_events(AuditEvent.EXPORT_FAILED, [export])


@transaction.atomic
def _take(*, now: datetime) -> tuple[Export, ExportJob] | None:
    """Take an export that waits, or whose worker has given no sign of life."""
    with tenancy.acting_as_platform():
        lost = Q(state=ExportState.RUNNING, seen_at__lt=now - SILENCE_MAX)
        export = (
            Export.objects.filter(Q(state=ExportState.QUEUED) | lost)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("queued_at", "id")
            .first()
        )
        if export is None:
            return None
        export.attempts += 1
        if export.attempts > ATTEMPTS_MAX:
            export.state, export.finished_at = ExportState.FAILED, now
            export.failure = GIVEN_UP
            record_events(AuditEvent.EXPORT_FAILED, [export])
        else:
            export.state, export.progress_rows = ExportState.RUNNING, 0
            export.started_at = export.seen_at = now
        export.save()
        job = selectors.job_of(export)
    return (export, job) if export.state == ExportState.RUNNING else _take(now=now)


def _build(job: ExportJob, clock: Clock, *, attempt: int) -> Built:
    """Write the file and its bundle from one snapshot."""
    target = selectors.bundle_path(job.id)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as directory,
        ExportWatch(job.id, attempt=attempt) as watch,
        reading_one_moment(job.owner_id or tenancy.PLATFORM) as snapshot_at,
    ):
        path, totals = _write_rows(job, Path(directory), watch, clock)
        facts = _facts(job, snapshot_at) | {"created_at": _text(clock())}
        columns = datasets.dataset(job.kind).columns
        pack = ledger_pack.write(job, Path(directory))
        facts |= {"ledger_pack": pack.name if pack else None}
        seal = _write_seal(job, Path(directory))
        facts |= {"seal": seal.facts if seal else None}
        written = manifest(path=path, columns=columns, totals=totals, facts=facts)
        extras = [ledger_pack.SCRIPT, *([pack] if pack else []), *([seal.path] if seal else [])]
        size = write_bundle(target, data=path, manifest=written, extras=extras)
    return Built(written, size)


def _write_rows(
    job: ExportJob, directory: Path, watch: ExportWatch, clock: Clock
) -> tuple[Path, ControlTotals]:
    dataset = datasets.dataset(job.kind)
    suffix = writers.WRITERS[job.file_format][1]
    path = directory / f"{job.number}-{job.kind.lower()}.{suffix}"
    totals = ControlTotals(dataset.columns)
    writer = writers.open_writer(path, columns=dataset.columns, file_format=job.file_format)
    try:
        for row in dataset.rows(job.query, job.owner_id):
            writer.write(row)
            totals.add(row)
            if totals.rows % PROGRESS_ROWS == 0 and not watch.report(totals.rows, at=clock()):
                raise Cancelled
    finally:
        writer.close()
    if not watch.report(totals.rows, at=clock()):
        raise Cancelled
    return path, totals


def _write_seal(job: ExportJob, directory: Path) -> seal_file.SealFile | None:
    """Write how the ledger's log proves the rows; transfers are entries of it themselves."""
    kind = documents.EXPORTED.get(job.kind)
    return seal_file.write(kind, job, directory) if kind else None


def _facts(job: ExportJob, snapshot_at: datetime) -> dict[str, Any]:
    return {
        "export": job.number,
        "id": str(job.id),
        "kind": str(job.kind),
        "key": datasets.dataset(job.kind).key,
        "file_format": str(job.file_format),
        "scope": str(job.scope),
        "requested_by": job.requested_by,
        "filters": job.query.plain(),
        "snapshot_at": _text(snapshot_at),
        "ledger_checkpoint": ledger_pack.checkpoint(job),
    }


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _finish(export: Export, built: Built, *, now: datetime) -> None:
    running = Export.objects.filter(state=ExportState.RUNNING, attempts=export.attempts)
    is_built = running.filter(pk=export.pk).update(
        state=ExportState.READY,
        rows=built.manifest["rows"],
        progress_rows=built.manifest["rows"],
        bytes=built.bytes,
        sha256=built.manifest["sha256"],
        manifest=built.manifest,
        finished_at=now,
        expires_at=now + timedelta(days=settings.AUDIT_EXPORT_DAYS),
    )
    if is_built:
        record_events(AuditEvent.EXPORT_BUILT, [export], rows=built.manifest["rows"])
