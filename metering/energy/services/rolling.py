"""Hours that changed, taken by whoever rolls them up."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

_TAKE: Final = """
    DELETE FROM metering_energy_changedhour WHERE id IN (
        SELECT id FROM metering_energy_changedhour ORDER BY id LIMIT %(limit)s
        FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING resource_id, starts_at
"""


def forget_hours(*, limit: int) -> set[tuple[UUID, datetime]]:
    """Take hours off the list in the caller's transaction: rolled up, or still there."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"limit": limit})
        return {(resource_id, starts_at) for resource_id, starts_at in cursor.fetchall()}
