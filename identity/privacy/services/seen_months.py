"""Whole months of who saw what, whose term is over."""

from datetime import UTC, datetime
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from identity.privacy import removers
from identity.privacy.removers import OverPart, PartStanding, Remover
from identity.privacy.services.seeing import drop_months

# Months of the record by their parts' names, with how many rows each has.
_MONTHS: Final = """
    SELECT month, month + interval '1 month', (
        SELECT count(*) FROM privacy_seen
        WHERE id >= privacy_month_begins(month)
          AND id < privacy_month_begins(month + interval '1 month')
    ), EXISTS (
        SELECT FROM privacy_seen s
        JOIN privacy_hold h ON h.lifted_at IS NULL
            AND (h.kind = 'ORGANIZATION' AND h.object_id = s.organization_id::text
                OR h.kind = 'PERSON' AND h.object_id IN (s.person_id::text, s.reader_id::text))
        WHERE s.id >= privacy_month_begins(month)
          AND s.id < privacy_month_begins(month + interval '1 month')
    )
    FROM (
        SELECT to_timestamp(right(c.relname, 7), 'YYYY_MM') AS month
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.privacy_seen'::regclass
          AND c.relname ~ '^privacy_seen_[0-9]{4}_[0-9]{2}$'
    ) found
    WHERE month + interval '1 month' <= %s ORDER BY month
"""


def over(before: datetime) -> list[OverPart]:
    """Return the months that ended before a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute(_MONTHS, [before])
        return [
            OverPart(
                f"{month.astimezone(UTC):%Y-%m}",
                ends_at,
                rows,
                PartStanding.HELD if is_held else PartStanding.NONE,
            )
            for month, ends_at, rows, is_held in cursor.fetchall()
        ]


def remove(part: OverPart) -> int | None:
    """Drop a month; return how many rows it had, or nothing where a legal hold keeps it."""
    dropped = drop_months(before=part.over_at)
    return part.rows if f"privacy_seen_{part.key.replace('-', '_')}" in dropped else None


removers.enter(Remover("privacy_seen", _("Who saw what"), over, remove))
