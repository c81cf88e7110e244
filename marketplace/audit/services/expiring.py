"""Files are not kept for ever; what they held can be exported again."""

import functools
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from common import tenancy
from marketplace.audit import selectors
from marketplace.audit.contracts import ExportState
from marketplace.audit.event_names import AuditEvent
from marketplace.audit.models import Export
from marketplace.audit.telling import record_events

EXPIRING_BATCH_MAX: Final = 200
LEFTOVER_AGE: Final = timedelta(days=1)


@transaction.atomic
def expire_exports(*, now: datetime) -> int:
    """Remove the files of exports whose days are over; return how many."""
    with tenancy.acting_as_platform():
        over = list(
            Export.objects.filter(state=ExportState.READY, expires_at__lte=now)
            .order_by("expires_at", "pk")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)[:EXPIRING_BATCH_MAX]
        )
        Export.objects.filter(pk__in=[export.pk for export in over]).update(
            state=ExportState.EXPIRED
        )
        record_events(AuditEvent.EXPORT_EXPIRED, over)
        for export in over:
            remove = functools.partial(selectors.bundle_path(export.pk).unlink, missing_ok=True)
            transaction.on_commit(remove)
        transaction.on_commit(functools.partial(_sweep, now - LEFTOVER_AGE))
        return len(over)


def _sweep(before: datetime) -> None:
    """Remove what workers that died in the middle of an export have left behind."""
    directory = Path(settings.AUDIT_EXPORT_DIR)
    for path in directory.iterdir() if directory.is_dir() else ():
        if path.suffix == ".zip" or path.stat().st_mtime > before.timestamp():
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
