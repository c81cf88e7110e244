"""
Whether every reading that was accepted is accounted for.

Two answers: the sums, live and at the cost of what waits (`whereabouts`), and a walk that looks at
every reading itself (`check`), which the sums must equal.

It lies in a window that is open (it is due), set aside (it waits for a decision), or closed: then
the window's newest records have counted as many readings as lie in it, or its readings were
discarded by a decision.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from metering.models import Reading, ReadingPlace

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


# New readings are counted once, in the order of their numbers, and never looked at again.
_COUNT: Final = """
    WITH slice AS MATERIALIZED (
        SELECT id, provider_id FROM metering_reading
        WHERE id > %(after)s AND id <= %(until)s ORDER BY id LIMIT %(limit)s
    ), added AS (
        INSERT INTO metering_readingsum AS known (provider_id, accepted, measured, discarded)
        SELECT provider_id, count(*), 0, 0 FROM slice GROUP BY 1 ORDER BY 1
        ON CONFLICT (provider_id) DO UPDATE SET accepted = known.accepted + excluded.accepted
    )
    SELECT count(*), coalesce(max(id), %(after)s) FROM slice
"""
# One statement, and so one moment: what came after the place is counted here, up to a bound.
LIVE: Final = """
    SELECT sums.accepted + fresh.count, fresh.count, sums.measured, sums.discarded,
           windows.running, windows.due, windows.set_aside
    FROM (
        SELECT coalesce(sum(accepted), 0) AS accepted, coalesce(sum(measured), 0) AS measured,
               coalesce(sum(discarded), 0) AS discarded
        FROM metering_readingsum
        WHERE %(provider)s::uuid IS NULL OR provider_id = %(provider)s
    ) sums, (
        SELECT count(*) FILTER (
                   WHERE %(provider)s::uuid IS NULL OR provider_id = %(provider)s
               ) AS count
        FROM (
            SELECT provider_id FROM metering_reading
            WHERE id > coalesce((SELECT until FROM metering_readingplace), 0)
            LIMIT %(most)s
        ) tail
    ) fresh, (
        SELECT coalesce(sum(waiting) FILTER (WHERE state = 'OPEN' AND due_at > %(now)s), 0)
                   AS running,
               coalesce(sum(waiting) FILTER (WHERE state = 'OPEN' AND due_at <= %(now)s), 0)
                   AS due,
               coalesce(sum(waiting) FILTER (WHERE state = 'SET_ASIDE'), 0) AS set_aside
        FROM (
            SELECT state, due_at, reading_count - measured_count AS waiting, provider_id
            FROM metering_window WHERE state = 'OPEN'
            UNION ALL
            SELECT state, due_at, reading_count - measured_count, provider_id
            FROM metering_window WHERE state = 'SET_ASIDE'
        ) each
        WHERE %(provider)s::uuid IS NULL OR provider_id = %(provider)s
    ) windows
"""
TAIL_MAX: Final = 500_000


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where all accepted readings are at one moment; what is nowhere is the difference."""

    accepted: int
    fresh: int  # of them, those that no sum holds yet
    measured: int
    discarded: int
    running: int  # their window goes on
    due: int  # their window ended and is being measured
    set_aside: int

    @property
    def accounted(self) -> int:
        """Return how many are somewhere."""
        return self.measured + self.discarded + self.running + self.due + self.set_aside

    @property
    def is_counting(self) -> bool:
        """Return whether more arrived than are counted at once: the difference says nothing."""
        return self.fresh >= TAIL_MAX

    @property
    def difference(self) -> int:
        """Return accepted less accounted for; it must be 0."""
        return 0 if self.is_counting else self.accepted - self.accounted


def whereabouts(*, now: datetime, provider_id: UUID | None = None) -> Whereabouts:
    """Return where the readings are, of the market or of one provider, at one moment."""
    values = {"now": now, "provider": provider_id, "most": TAIL_MAX}
    with connection.cursor() as cursor:
        cursor.execute(LIVE, values)
        return Whereabouts(*(int(value) for value in cursor.fetchone()))


@transaction.atomic
def count(*, until: int, limit: int) -> bool:
    """Add the next readings up to a number to the sums; return whether more are to be counted."""
    ReadingPlace.objects.bulk_create([ReadingPlace(pk=1)], ignore_conflicts=True)
    place = ReadingPlace.objects.select_for_update(no_key=True).get(pk=1)
    values = {"after": place.until, "until": until, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        counted, place.until = cursor.fetchone()
    place.save(update_fields=["until"])
    return bool(counted == limit)


def newest_reading_id() -> int:
    """Return the number of the newest reading that can be seen."""
    return Reading.objects.order_by("-id").values_list("id", flat=True).first() or 0
