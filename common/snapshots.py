"""One moment of the database to read from, and a second connection to tell of progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import connection, transaction

from common import tenancy


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


class JobWatch:
    """
    Tells how far a job is, and hears whether it was cancelled.

    It has a connection of its own: what the snapshot's transaction writes nobody would see. Its
    statement takes rows, moment, identifier and attempt, and changes one row while the job is
    wanted.
    """

    def __init__(self, statement: str, job_id: UUID, *, attempt: int) -> None:
        self.statement = statement
        self.job_id = job_id
        self.attempt = attempt
        self.connection = connection.copy()
        self.connection.settings_dict["OPTIONS"].pop("pool", None)

    def __enter__(self) -> Self:
        with self.connection.cursor() as cursor:
            platform = tenancy.as_stated(tenancy.PLATFORM)
            cursor.execute("SELECT set_config('suanpan.tenant', %s, false)", [platform])
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def report(self, rows: int, *, at: datetime) -> bool:
        """Note how many rows are done; return whether the job is still wanted of this run."""
        with self.connection.cursor() as cursor:
            cursor.execute(self.statement, [rows, at, self.job_id, self.attempt])
            return bool(cursor.rowcount)
