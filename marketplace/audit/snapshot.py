"""One moment of the database to read from, and a second connection to tell of progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common import tenancy

PROGRESS: Final = """
    UPDATE audit_export SET progress_rows = %s, seen_at = %s
    WHERE id = %s AND state = 'RUNNING' AND attempts = %s
"""


@contextmanager
def reading_one_moment(tenant: UUID | str) -> Iterator[datetime]:
    """
    Read everything in the block as it was at one moment, with the eyes of one tenant.

    The transaction is the outermost one and writes nothing. Yields the moment.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # Closing a large workbook takes a while in which nothing is asked of the database.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")
        tenancy.enter(tenant)
        cursor.execute("SELECT now()")
        yield cursor.fetchall()[0][0]


class ExportWatch:
    """
    Tells how far an export is, and hears whether it was cancelled.

    It has a connection of its own: what the snapshot's transaction writes nobody would see.
    """

    def __init__(self, export_id: UUID, *, attempt: int) -> None:
        self.export_id = export_id
        self.attempt = attempt
        self.connection = connection.copy()
        self.connection.settings_dict["OPTIONS"].pop("pool", None)

    def __enter__(self) -> "ExportWatch":
        with self.connection.cursor() as cursor:
            platform = tenancy.as_stated(tenancy.PLATFORM)
            cursor.execute("SELECT set_config('suanpan.tenant', %s, false)", [platform])
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def report(self, rows: int, *, at: datetime) -> bool:
        """Note how many rows are written; return whether the export is still wanted of this run."""
        with self.connection.cursor() as cursor:
            cursor.execute(PROGRESS, [rows, at, self.export_id, self.attempt])
            return bool(cursor.rowcount)
