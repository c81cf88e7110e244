"""Reads of the audit room. An export is read by the organisation that asked for it alone."""

import functools
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from common.canonical import content_hash
from common.documents import DocumentKind
from common.errors import NotFound
from identity import selectors as identity_selectors
from identity.contracts import Actor
from identity.events.selectors import reads_all
from ledger import documents as log
from ledger.proofs import InclusionProof, NotSealedYet
from marketplace.audit import datasets, ledger_pack
from marketplace.audit.bundle import VERIFIER
from marketplace.audit.contracts import (
    DocumentNotFound,
    Estimate,
    ExportFormat,
    ExportJob,
    ExportKind,
    ExportNotFound,
    ExportNotReady,
    ExportScope,
    ExportState,
    Query,
)
from marketplace.audit.models import Export

PREVIEW_ROWS: Final = 3
MANIFEST_BYTES: Final = 3_000  # manifest, signature and the heads of the archive's parts
# Bytes of a bundle for a hundred bytes of text, and rows a second: measured with 102,624 trade
# records on two busy cores.
SIZE_PERCENT: Final = {
    ExportFormat.CSV: 20,
    ExportFormat.JSONL: 22,
    ExportFormat.XLSX: 40,
    ExportFormat.PARQUET: 15,
}
ROWS_PER_SECOND: Final = {
    ExportFormat.CSV: 7_000,
    ExportFormat.JSONL: 9_000,
    ExportFormat.XLSX: 1_500,
    ExportFormat.PARQUET: 6_000,
}


def exports_of(organization_id: UUID) -> QuerySet[Export]:
    """Return an organisation's exports, newest first."""
    return Export.objects.filter(organization_id=organization_id).order_by("-id")


def export_of(*, export_id: UUID, organization_id: UUID, is_locked: bool = False) -> Export:
    """
    Return an organisation's export.

    :raises ExportNotFound: if it does not exist or is someone else's (the two look alike)
    """
    exports = exports_of(organization_id)
    if is_locked:
        exports = exports.select_for_update(of=("self",), no_key=True)
    found = exports.filter(pk=export_id).first()
    if found is None:
        raise ExportNotFound
    return found


def bundle_path(export_id: UUID) -> Path:
    """Return where the bundle of an export lies, or will lie."""
    return Path(settings.AUDIT_EXPORT_DIR) / f"{export_id}.zip"


def download_of(*, export_id: UUID, organization_id: UUID) -> tuple[Export, Path]:
    """
    Return an organisation's export with its file.

    :raises ExportNotFound: if it does not exist or is someone else's (the two look alike)
    :raises ExportNotReady: if there is no file, not yet or no more
    """
    export = export_of(export_id=export_id, organization_id=organization_id)
    path = bundle_path(export.pk)
    if export.state != ExportState.READY or not path.is_file():
        raise ExportNotReady(state=export.get_state_display())
    return export, path


def owner_of(scope: ExportScope | str, organization_id: UUID) -> UUID | None:
    """Return the organisation that the records of an export must belong to, if one."""
    return organization_id if scope == ExportScope.OWN else None


@functools.cache
def fixed_bytes() -> int:
    """Return what a bundle weighs without records: its scripts, packed, and its manifest."""
    scripts = (VERIFIER, ledger_pack.SCRIPT)
    return MANIFEST_BYTES + sum(len(zlib.compress(path.read_bytes())) for path in scripts)


def estimate(*, query: Query, file_format: ExportFormat, owner_id: UUID | None) -> Estimate:
    """
    Return what an export would be like: rows, size, time, and its first rows.

    :raises FilterNotKnown: if records of the kind cannot be filtered so
    """
    datasets.require_known_filters(query)
    dataset = datasets.dataset(query.kind)
    rows = dataset.count(query, owner_id)
    preview = datasets.first_rows(query, owner_id, limit=PREVIEW_ROWS)
    characters = sum(len(cell.encode()) + 1 for row in preview for cell in row)
    per_row = characters * SIZE_PERCENT[file_format] // (100 * max(len(preview), 1))
    return Estimate(
        rows=rows,
        bytes=fixed_bytes() + rows * per_row,
        seconds=1 + rows // ROWS_PER_SECOND[file_format],
        columns=[column.name for column in dataset.columns],
        preview=preview,
    )


def query_of(export: Export) -> Query:
    """Return which records an export holds."""
    return Query(
        kind=ExportKind(export.kind),
        starts_at=export.starts_at,
        ends_at=export.ends_at,
        party=export.party,
        programme=export.programme,
    )


def job_of(export: Export) -> ExportJob:
    """Return all that writing an export needs; the caller may see its organisation."""
    return ExportJob(
        id=export.pk,
        number=export.number,
        query=query_of(export),
        file_format=ExportFormat(export.file_format),
        scope=ExportScope(export.scope),
        organization_id=export.organization_id,
        requested_by=identity_selectors.organization(export.organization_id).uscc,
    )


def document(*, kind: DocumentKind, reference: str, reader: Actor) -> Any:
    """
    Return a document that the tenant may see: of all, or of those that are its organisation's.

    :raises DocumentNotFound: if it does not exist or is someone else's (the two look alike)
    """
    named = {kind.reference: reference}
    try:
        found = kind.rows(None).filter(**named).first()
        found = found or kind.rows(reader.organization_id).filter(**named).first()
    except (ValidationError, ValueError) as error:  # A text that is no identifier names nothing.
        raise DocumentNotFound(field="reference") from error
    if found is None:
        raise DocumentNotFound(field="reference")
    return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a document says, and how the signed log proves it; no proof before it is sealed."""

    kind: str
    form: int
    reference: str
    content: dict[str, str]
    beside: dict[str, str]  # what the reader may know of what is hashed apart
    sha256: str
    proof: InclusionProof | None


def sealed(*, kind: DocumentKind, row: Any, reader: Actor) -> Sealed:
    """Return a document's texts, as far as somebody may know them, with its place in the log."""
    reference = str(getattr(row, kind.reference))
    try:
        proof = log.inclusion(kind.name, reference)
    except (NotFound, NotSealedYet):
        proof = None
    content = dict(kind.content(row))
    owner_id = None if reads_all(reader) else reader.organization_id
    beside = {name: text for name, text in kind.beside(row, owner_id).items() if text}
    return Sealed(kind.name, kind.form, reference, content, beside, content_hash(content), proof)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is, for the jobs table."""

    percent: int
    seconds_left: int | None


def progress_of(export: Export, *, now: datetime) -> Progress:
    """Return how much of an export is written and how long the rest may take."""
    percent = export.progress_percent
    if export.state != ExportState.RUNNING or not export.started_at or not export.progress_rows:
        return Progress(percent, None)
    elapsed = max((now - export.started_at).seconds, 1)
    left = max(export.estimated_rows - export.progress_rows, 0)
    return Progress(percent, left * elapsed // export.progress_rows)
