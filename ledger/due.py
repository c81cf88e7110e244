"""The work of the ledger that is due."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows, count_statement
from ledger.models import Hold

# Everything that was committed counts: one transaction that runs for ever keeps others from being
# sealed, and that must show.
_UNSEALED: Final = """
    SELECT recorded_at FROM ledger_transfer
    WHERE (xid, id) > (
        coalesce(
            (SELECT last_xid FROM ledger_checkpoint ORDER BY size DESC LIMIT 1), '0'::xid8
        ),
        coalesce(
            (SELECT CASE WHEN last_rank = 1 THEN last_id END
             FROM ledger_checkpoint ORDER BY size DESC LIMIT 1),
            '00000000-0000-0000-0000-000000000000'::uuid
        )
    )
    ORDER BY xid, id
"""


def _unsealed(now: datetime) -> Due:  # noqa: ARG001 - whenever
    return count_statement(_UNSEALED)


def _expired(now: datetime) -> Due:
    over = Hold.objects.filter(resolved_by__isnull=True, expires_at__lte=now)
    return count_rows(over.order_by("expires_at", "id"), "expires_at")


SEAL: Final = DueWork(
    "seals",
    _("Ledger entries to seal"),
    _unsealed,
    late_after=timedelta(minutes=1),
)
WORK: Final = (
    SEAL,
    DueWork(
        "expired_holds",
        _("Holds to let go"),
        _expired,
    ),
)
