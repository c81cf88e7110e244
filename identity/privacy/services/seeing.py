"""Writing down who saw whose data, and letting whole months of that go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from common import tenancy

logger = structlog.get_logger(__name__)
# Whoever opens one object again within these minutes saw it once.
AGAIN_MINUTES: Final = 10
# `owners` is asked by PostgreSQL as the statement runs: one row an owner, whoever that is.
NOTE: Final = """
    INSERT INTO privacy_seen (
        organization_id, person_id, reader_id, reader_organization_id, api_key_id, object_kind,
        object_id, page, request_id
    )
    SELECT DISTINCT owner, person::bigint, %s::bigint, %s::uuid, %s::uuid, %s, %s, %s, %s
    FROM ({owned}) AS row_of ({names})
    CROSS JOIN LATERAL unnest(ARRAY[{owners}]::uuid[]) AS owner
    WHERE owner IS NOT NULL AND owner <> %s::uuid
        AND NOT EXISTS (
            SELECT FROM privacy_seen s
            WHERE s.reader_id = %s AND s.object_id = %s AND s.organization_id = owner
                AND s.id > privacy_month_begins(now() - make_interval(mins => %s))
        )
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """Who opened what, on which page."""

    reader_id: int
    organization_id: UUID
    api_key_id: UUID | None
    object_kind: str
    object_id: str
    page: str
    request_id: str


def note_seen(looked: Opened, *, rows: QuerySet[Any], owners: tuple[str, ...], person: str) -> None:
    """
    Write down in one statement that somebody opened an object of other organisations.

    `rows` selects the object, `owners` are its columns that name the organisations that it is of,
    `person` the one that names the person whom it is about, or nothing. Own objects, and what was
    opened a few minutes ago, write nothing.
    """
    fields = [*owners, *([person] if person else [])]
    owned, parameters = rows.order_by().values_list(*fields).query.sql_with_params()
    names = [f"owner_{place}" for place in range(len(owners))]
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE.format(
                owned=owned if person else f"SELECT found.*, NULL::bigint FROM ({owned}) AS found",
                names=", ".join([*names, "person"]),
                owners=", ".join(names),
            ),
            [
                looked.reader_id,
                looked.organization_id,
                looked.api_key_id,
                looked.object_kind,
                looked.object_id,
                looked.page,
                looked.request_id,
                *parameters,
                looked.organization_id,
                looked.reader_id,
                looked.object_id,
                AGAIN_MINUTES,
            ],
        )


@transaction.atomic
def make_months(*, months_ahead: int) -> int:
    """Make the coming months' partitions of the record; return how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT privacy_make_months(%s)", [months_ahead])
        return int(cursor.fetchone()[0])


@transaction.atomic
def drop_months(*, before: datetime) -> list[str]:
    """Drop whole months of the record that ended before a moment and that nothing holds."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT privacy_drop_months(%s)", [before])
        dropped: list[str] = cursor.fetchone()[0]
    for month in dropped:
        logger.info("privacy.month.dropped", month=month)
    return dropped
