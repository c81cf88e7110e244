"""
Numbers for what changed, without a gap, and what subscribers are told of it.

Triggers write changes in the transaction that makes them. One follower at a time numbers what is
committed; so whoever read up to a number has missed nothing before it.
"""

from typing import Any, Final

from django.db import connection

from common import doorbell, tenancy
from gateway.changes.contracts import NUMBERED_AT_ONCE
from gateway.changes.event_names import ChangeEvent
from identity.events import services as events

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('changes_number', 0))"
_NUMBER: Final = """
    WITH waiting AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
            SELECT id FROM changes_registerchange WHERE number IS NULL ORDER BY id LIMIT %s
        ) oldest
    ), last AS (
        SELECT coalesce(max(number), 0) AS number FROM changes_registerchange
    )
    UPDATE changes_registerchange c SET number = last.number + waiting.place
    FROM waiting, last WHERE c.id = waiting.id RETURNING c.number
"""
_WANTED: Final = """
    SELECT s.id, s.organization_id, c.number, c.kind, c.code, c.region, c.resource_class, c.form,
        c.value, c.digest, c.at
    FROM changes_registerchange c JOIN changes_codesubscription s
        ON s.ended_at IS NULL AND s.after_number < c.number
        AND (cardinality(s.kinds) = 0 OR c.kind = ANY(s.kinds))
        AND (cardinality(s.codes) = 0 OR c.code = ANY(s.codes))
        AND starts_with(c.code, s.prefix) AND starts_with(c.region, s.region)
        AND (s.resource_class = '' OR c.resource_class = s.resource_class)
        AND (s.form = '' OR c.form = s.form)
    WHERE c.number BETWEEN %s AND %s ORDER BY c.number, s.id
"""
_TOLD: Final = """
    UPDATE changes_codesubscription s
    SET told = s.told + n.count, told_number = n.number, told_at = n.at
    FROM (
        SELECT id, count(*) AS count, max(number) AS number, max(at) AS at
        FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[]) AS t (id, number, at) GROUP BY id
    ) n WHERE s.id = n.id
"""


def number_changes() -> int:
    """Give the oldest 500 changes at most their numbers, tell who follows them; return how many."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_NUMBER, [NUMBERED_AT_ONCE])
        numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return 0
        cursor.execute(_WANTED, [min(numbers), max(numbers)])
        wanted = cursor.fetchall()
        if wanted:
            cursor.execute(
                _TOLD,
                [
                    [row[0] for row in wanted],
                    [row[2] for row in wanted],
                    [row[10] for row in wanted],
                ],
            )
            events.record(_event(row) for row in wanted)
            doorbell.ring("changes.told")
    return len(numbers)


def _event(row: tuple[Any, ...]) -> events.Event:
    subscription, organization, number, kind, code, region, of_class, form, value, digest, at = row
    facts = {"subscription": str(subscription), "number": number, "kind": kind, "value": value}
    more = {"region": region, "resource_class": of_class, "form": form, "statement": digest}
    return events.Event(
        name=ChangeEvent.CODE_CHANGED,
        object_kind="code",
        object_id=code,
        object_label=code,
        concerns=[organization],
        facts=facts | {name: told for name, told in more.items() if told},
        at=at,
    )
