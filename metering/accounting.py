"""
Whether every reading that was accepted is accounted for.

It lies in a window that is open (it is due), set aside (it waits for a decision), or closed: then
the window's newest records have counted as many readings as lie in it, or its readings were
discarded by a decision.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from metering.models import Reading

_SLICE: Final = """
    WITH slice AS MATERIALIZED (
        SELECT id, meter_id, starts_at FROM metering_reading
        WHERE id > %(after)s AND id <= %(until)s ORDER BY id LIMIT %(limit)s
    ), placed AS MATERIALIZED (
        SELECT slice.id, found.id AS window_id, found.state, found.starts_at, found.ends_at,
               slice.meter_id
        FROM slice
        LEFT JOIN LATERAL (
            SELECT * FROM metering_window w
            WHERE w.meter_id = slice.meter_id AND w.starts_at <= slice.starts_at
              AND w.starts_at > slice.starts_at - interval '1 day'
            ORDER BY w.starts_at DESC LIMIT 1
        ) found ON found.ends_at > slice.starts_at
    ), closed AS (
        SELECT DISTINCT window_id, meter_id, starts_at, ends_at
        FROM placed WHERE state = 'CLOSED'
    ), short AS (
        SELECT window_id FROM closed
        WHERE (
            SELECT count(*) FROM metering_reading r
            WHERE r.meter_id = closed.meter_id
              AND r.starts_at >= closed.starts_at AND r.starts_at < closed.ends_at
        ) <> (
            SELECT coalesce(sum(newest.reading_count), 0) FROM (
                SELECT DISTINCT ON (u.subject) u.reading_count FROM metering_usagerecord u
                WHERE u.meter_id = closed.meter_id AND u.starts_at = closed.starts_at
                ORDER BY u.subject, u.revision DESC
            ) newest
        ) AND NOT EXISTS (
            SELECT FROM metering_windowdecision d
            WHERE d.window_id = closed.window_id AND d.verdict = 'DISCARD'
        )
    )
    SELECT count(*), coalesce(max(id), %(after)s),
           count(*) FILTER (
               WHERE window_id IS NOT NULL AND window_id NOT IN (SELECT window_id FROM short)
           )
    FROM placed
"""


@dataclass(frozen=True, slots=True)
class AccountedReadings:
    """Readings in the order in which they arrived: how many, how many are accounted for."""

    accepted: int
    accounted: int
    last_id: int


def check(*, after: int, until: int, limit: int) -> AccountedReadings:
    """Look at the next readings behind a place, up to another; the caller acts for the platform."""
    values = {"after": after, "until": until, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_SLICE, values)
        accepted, last_id, accounted = cursor.fetchone()
    return AccountedReadings(accepted, accounted, last_id)


def newest_reading_id() -> int:
    """Return the number of the newest reading that can be seen."""
    return Reading.objects.order_by("-id").values_list("id", flat=True).first() or 0
