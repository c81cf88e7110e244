"""How a run tells how far it is, while its inputs are read."""

from typing import Final
from uuid import UUID

from common.snapshots import JobWatch

PROGRESS: Final = """
    UPDATE policy_policyrun SET progress_rows = %s, seen_at = %s
    WHERE id = %s AND state = 'RUNNING' AND attempts = %s
"""


class RunWatch(JobWatch):
    """Tells how far a run is, and hears whether it was cancelled."""

    def __init__(self, run_id: UUID, *, attempt: int) -> None:
        super().__init__(PROGRESS, run_id, attempt=attempt)
