"""
Bringing new documents into the ledger's log, kind by kind and set by set.

A kind's cursor stays behind the oldest transaction that still runs, so no document is passed over;
a set is brought in the transaction that moves the cursor, so a killed run leaves nothing half done.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import F

from common import recorded, tenancy
from common.documents import DocumentKind
from ledger import documents as log
from ledger.contracts import Document
from ledger.sealing import SealBehind
from marketplace.audit.models import SealedCursor

logger = structlog.get_logger(__name__)
DOCUMENTS_BATCH_MAX: Final = 2_000


@transaction.atomic
def seal_documents(
    *, kind: DocumentKind, now: datetime, limit: int = DOCUMENTS_BATCH_MAX
) -> tuple[int, bool]:
    """
    Bring the next documents of a kind into the log; return how many, and whether more may wait.

    Another run at work on the same kind makes this one leave with nothing done.

    :raises SealBehind: if the database was restored and counts its transactions anew
    """
    with tenancy.acting_as_platform():
        cursor = _cursor(kind)
        if cursor is None:
            return 0, False
        _require_counter_ahead(cursor)
        place = recorded.RecordedPlace(cursor.transaction, cursor.last_id or recorded.NIL)
        rows = list(
            recorded.recorded_after(kind.rows(None), place, limit=limit, field=kind.transaction)
        )
        if not rows:
            return 0, False
        found = list(_documents(kind, rows))
        log.seal_documents(documents=found)
        SealedCursor.objects.filter(pk=kind.name).update(
            transaction=getattr(rows[-1], kind.transaction),
            last_id=rows[-1].pk,
            documents=F("documents") + len(found),
            unreadable=F("unreadable") + len(rows) - len(found),
            moved_at=now,
        )
        return len(found), len(rows) == limit


def _cursor(kind: DocumentKind) -> SealedCursor | None:
    """Take the kind's cursor for this transaction; None if another run has it."""
    SealedCursor.objects.bulk_create([SealedCursor(kind=kind.name)], ignore_conflicts=True)
    found = SealedCursor.objects.select_for_update(skip_locked=True, no_key=True)
    return found.filter(pk=kind.name).first()


def _require_counter_ahead(cursor: SealedCursor) -> None:
    if recorded.frontier() < cursor.transaction:
        message = (
            f"{cursor.kind} is sealed up to transaction {cursor.transaction}, which this database"
            " has not reached: move its counter on with pg_resetwal --next-transaction-id"
        )
        raise SealBehind(message)


def _documents(kind: DocumentKind, rows: Sequence[Any]) -> Iterator[Document]:
    for row in rows:
        try:
            digest = kind.digest(row)
        except (
            Exception
        ):  # One row that cannot be read never stops its kind; it is named, not sealed.
            logger.exception("audit.document.unreadable", kind=kind.name, id=str(row.pk))
            continue
        yield Document(
            kind=kind.name,
            form=kind.form,
            reference=str(getattr(row, kind.reference)),
            at=getattr(row, kind.moment),
            sha256=digest,
        )
