"""Comparing every sealed document with what its room keeps now, inside the database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from common import recorded, tenancy
from common.canonical import content_hash
from common.documents import DocumentKind
from ledger import documents as log
from ledger.contracts import SealedDocument
from marketplace.audit.models import SealedCursor

FAULTS_MAX: Final = 20
UNSEALED_CHUNK: Final = 5_000


@dataclass(slots=True)
class Comparison:
    """What was compared of a kind, and what differs."""

    kind: str
    sealed: int = 0
    faults: list[str] = field(default_factory=list)

    def note(self, fault: str) -> None:
        """Name a fault, the first ones only."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"{self.kind} {fault}")


def verify(kind: DocumentKind) -> Comparison:
    """Compare all documents of a kind with their rows, from one snapshot of the database."""
    found = Comparison(kind.name)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        with tenancy.acting_as_platform():
            for page in log.every(kind.name):
                found.sealed += len(page)
                _compare(kind, page, found)
            for reference in _unsealed(kind):
                found.note(f"{reference}: was recorded, and is not sealed")
    return found


def _compare(kind: DocumentKind, page: list[SealedDocument], found: Comparison) -> None:
    names = [document.reference for document in page]
    rows = kind.rows(None).filter(**{f"{kind.reference}__in": names})
    kept: dict[str, Any] = {str(getattr(row, kind.reference)): row for row in rows}
    for document in page:
        row = kept.get(document.reference)
        if row is None:
            found.note(f"{document.reference}: is sealed, and missing")
        elif content_hash(kind.content(row)) != document.sha256:
            found.note(f"{document.reference}: was altered after it was sealed")


def _unsealed(kind: DocumentKind) -> Iterator[str]:
    """Yield what lies before the cursor, where everything was brought, and was not brought."""
    cursor = SealedCursor.objects.filter(pk=kind.name).first()
    if cursor is None:
        return
    place = recorded.RecordedPlace()
    end = recorded.RecordedPlace(cursor.transaction, cursor.last_id or recorded.NIL)
    while rows := list(
        recorded.recorded_after(
            kind.rows(None), place, limit=UNSEALED_CHUNK, field=kind.transaction
        )
    ):
        places = [recorded.RecordedPlace(getattr(row, kind.transaction), row.pk) for row in rows]
        names = [str(getattr(row, kind.reference)) for row in rows]
        known = {document.reference for document in log.documents_named(kind.name, names)}
        yield from (
            name
            for name, each in zip(names, places, strict=True)
            if name not in known and each <= end
        )
        place = places[-1]
