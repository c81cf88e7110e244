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
from identity import selectors as identity_selectors
from marketplace.audit import datasets, documents, ledger_pack, seal_file, selectors, writers
from marketplace.audit.bundle import write_bundle
from marketplace.audit.contracts import ExportFormat, ExportKind, ExportState
from marketplace.audit.event_names import AuditEvent
from marketplace.audit.manifest import ControlTotals, manifest
from marketplace.audit.models import Export
from marketplace.audit.snapshot import ExportWatch, reading_one_moment
from marketplace.audit.telling import tell

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
    export = _take(now=clock())
    if export is None:
        return None
    try:
        built = _build(export, clock)
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
        tell(AuditEvent.EXPORT_FAILED, [export])


@transaction.atomic
def _take(*, now: datetime) -> Export | None:
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
            tell(AuditEvent.EXPORT_FAILED, [export])
        else:
            export.state, export.progress_rows = ExportState.RUNNING, 0
            export.started_at = export.seen_at = now
        export.save()
    return export if export.state == ExportState.RUNNING else _take(now=now)


def _build(export: Export, clock: Clock) -> Built:
    """Write the file and its bundle from one snapshot."""
    target = selectors.bundle_path(export)
    target.parent.mkdir(parents=True, exist_ok=True)
    owner_id = selectors.owner_of(export.scope, export.organization_id)
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as directory,
        ExportWatch(export.pk, attempt=export.attempts) as watch,
        reading_one_moment(owner_id or tenancy.PLATFORM) as snapshot_at,
    ):
        path, totals = _write_rows(export, Path(directory), watch, clock)
        facts = _facts(export, snapshot_at) | {"created_at": _text(clock())}
        columns = datasets.dataset(export.kind).columns
        pack = ledger_pack.write(export, Path(directory))
        facts |= {"ledger_pack": pack.name if pack else None}
        seal = _write_seal(export, Path(directory))
        facts |= {"seal": seal.facts if seal else None}
        written = manifest(path=path, columns=columns, totals=totals, facts=facts)
        extras = [ledger_pack.SCRIPT, *([pack] if pack else []), *([seal.path] if seal else [])]
        size = write_bundle(target, data=path, manifest=written, extras=extras)
    return Built(written, size)


def _write_rows(
    export: Export, directory: Path, watch: ExportWatch, clock: Clock
) -> tuple[Path, ControlTotals]:
    dataset, query = datasets.dataset(export.kind), selectors.query_of(export)
    owner_id = selectors.owner_of(export.scope, export.organization_id)
    file_format = ExportFormat(export.file_format)
    suffix = writers.WRITERS[file_format][1]
    path = directory / f"{export.number}-{export.kind.lower()}.{suffix}"
    totals = ControlTotals(dataset.columns)
    writer = writers.open_writer(path, columns=dataset.columns, file_format=file_format)
    try:
        for row in dataset.rows(query, owner_id):
            writer.write(row)
            totals.add(row)
            if totals.rows % PROGRESS_ROWS == 0 and not watch.tell(totals.rows, at=clock()):
                raise Cancelled
    finally:
        writer.close()
    if not watch.tell(totals.rows, at=clock()):
        raise Cancelled
    return path, totals


def _write_seal(export: Export, directory: Path) -> seal_file.SealFile | None:
    """Write how the ledger's log proves the rows; transfers are entries of it themselves."""
    kind = documents.EXPORTED.get(ExportKind(export.kind))
    if kind is None:
        return None
    owner_id = selectors.owner_of(export.scope, export.organization_id)
    return seal_file.write(kind, selectors.query_of(export), owner_id, directory)


def _facts(export: Export, snapshot_at: datetime) -> dict[str, Any]:
    return {
        "export": export.number,
        "id": str(export.pk),
        "kind": export.kind,
        "key": datasets.dataset(export.kind).key,
        "file_format": export.file_format,
        "scope": export.scope,
        "requested_by": identity_selectors.organization(export.organization_id).uscc,
        "filters": selectors.query_of(export).plain(),
        "snapshot_at": _text(snapshot_at),
        "ledger_checkpoint": ledger_pack.checkpoint(export),
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
        tell(AuditEvent.EXPORT_BUILT, [export], rows=built.manifest["rows"])
