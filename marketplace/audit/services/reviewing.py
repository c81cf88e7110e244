"""Exports that could not be built: tried again, or closed with a reason."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import doorbell, reviews, tenancy
from marketplace.audit.contracts import ExportNotFound, ExportState
from marketplace.audit.event_names import AuditEvent
from marketplace.audit.models import Export
from marketplace.audit.telling import record_events

FAILURE_MAX: Final = 200


@transaction.atomic
def retry_export(*, export_id: UUID, queued_at: datetime) -> Export:
    """
    Queue an export that failed once more, behind the others.

    :raises ExportNotFound: if there is none that failed
    """
    with tenancy.acting_as_platform():
        export = _failed(export_id)
        export.state, export.attempts, export.failure = ExportState.QUEUED, 0, ""
        export.queued_at, export.finished_at = queued_at, None
        export.save()
        record_events(AuditEvent.EXPORT_RETRIED, [export])
        doorbell.ring("exports.requested")
    return export


@transaction.atomic
def close_export(*, export_id: UUID, closing: reviews.Closing) -> Export:
    """
    Give up an export that failed; whoever asked for it reads why, and may ask anew.

    :raises ExportNotFound: if there is none that failed
    """
    with tenancy.acting_as_platform():
        export = _failed(export_id)
        export.state, export.finished_at = ExportState.CANCELLED, closing.now
        export.failure = closing.reason[:FAILURE_MAX]
        export.save(update_fields=["state", "finished_at", "failure"])
        record_events(AuditEvent.EXPORT_CANCELLED, [export])
    return export


def _failed(export_id: UUID) -> Export:
    """Lock an export that failed."""
    failed = Export.objects.filter(pk=export_id, state=ExportState.FAILED)
    export = failed.select_for_update(of=("self",), no_key=True).first()
    if export is None:
        raise ExportNotFound
    return export
