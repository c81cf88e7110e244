"""Files are not kept for ever; what they held can be exported again."""

import functools
from datetime import datetime
from typing import Final

from django.db import transaction

from common import tenancy
from marketplace.audit import selectors
from marketplace.audit.contracts import ExportState
from marketplace.audit.models import Export

EXPIRING_BATCH_MAX: Final = 200


@transaction.atomic
def expire_exports(*, now: datetime) -> int:
    """Remove the files of exports whose days are over; return how many."""
    with tenancy.acting_as_platform():
        over = list(
            Export.objects.filter(state=ExportState.READY, expires_at__lte=now)
            .order_by("expires_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))[:EXPIRING_BATCH_MAX]
        )
        Export.objects.filter(pk__in=[export.pk for export in over]).update(
            state=ExportState.EXPIRED
        )
        for export in over:
            remove = functools.partial(selectors.bundle_path(export).unlink, missing_ok=True)
            transaction.on_commit(remove)
        return len(over)
