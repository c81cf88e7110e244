"""How an export tells how far it is, while its snapshot is read."""

from typing import Final
from uuid import UUID

from common.snapshots import JobWatch

PROGRESS: Final = """
    UPDATE audit_export SET progress_rows = %s, seen_at = %s
    WHERE id = %s AND state = 'RUNNING' AND attempts = %s
"""


class ExportWatch(JobWatch):
    """Tells how far an export is, and hears whether it was cancelled."""

    def __init__(self, export_id: UUID, *, attempt: int) -> None:
        super().__init__(PROGRESS, export_id, attempt=attempt)
