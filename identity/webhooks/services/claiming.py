"""
Who may send, and what: short transactions, so that nothing is locked while a stranger answers.

A claim is a lease. Whoever dies with one in hand loses it, and the delivery is sent once more;
until then nobody sends what comes after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from common import tenancy
from identity.webhooks.models import Delivery, Reader, Secret

# In lengths of the longest request: how long a delivery, and a place, are in one's hands.
LEASE_REQUESTS: Final = 4
PLACE_REQUESTS: Final = 2
PLACES_MAX: Final = 16
# Of each endpoint that may be told something: the oldest deliveries that are due, and before which
# nothing that happened to the same object still waits. One that fails is asked with one delivery.
_DUE: Final = """
    SELECT head.id
    FROM webhooks_endpoint e
    CROSS JOIN LATERAL (
        SELECT count(*) AS deliveries FROM webhooks_delivery d
        WHERE d.endpoint_id = e.id AND d.state = 'WAITING' AND d.review_code = ''
          AND d.claimed_until > %(now)s
    ) in_hand
    CROSS JOIN LATERAL (
        SELECT d.id, d.next_attempt_at FROM webhooks_delivery d
        WHERE d.endpoint_id = e.id AND d.state = 'WAITING' AND d.review_code = ''
          AND d.next_attempt_at <= %(now)s
          AND (d.claimed_until IS NULL OR d.claimed_until <= %(now)s)
          AND NOT EXISTS (
            SELECT FROM webhooks_delivery b
            WHERE b.endpoint_id = d.endpoint_id AND b.state = 'WAITING' AND b.review_code = ''
              AND b.object_kind = d.object_kind AND b.object_id = d.object_id
              AND b.event_id < d.event_id
          )
        ORDER BY d.next_attempt_at
        LIMIT greatest(
            CASE WHEN e.failures > 0 THEN 1 ELSE %(together)s END - in_hand.deliveries, 0
        )
    ) head
    JOIN identity_organization o ON o.id = e.organization_id AND o.suspended_at IS NULL
    WHERE e.state = 'ENABLED' AND e.removed_at IS NULL
      AND (e.resting_until IS NULL OR e.resting_until <= %(now)s)
    ORDER BY head.next_attempt_at
    LIMIT %(limit)s
"""


def lease(requests: int) -> timedelta:
    """Return so many lengths of the longest request."""
    return timedelta(seconds=requests * settings.WEBHOOKS_REQUEST_SECONDS)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in a worker's hands, with all that sending it takes."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    url: str
    body: str
    claim: UUID
    secrets: tuple[bytes, ...]  # locked; the newest first


@transaction.atomic
def claim(*, now: datetime, limit: int) -> list[Claimed]:
    """Take deliveries that are due; until the lease ends they are nobody else's."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        # One at a time counts what each endpoint has in hand.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('webhooks claim', 9))")
        asked = {"now": now, "limit": limit, "together": settings.WEBHOOKS_ENDPOINT_TOGETHER}
        cursor.execute(_DUE, asked)
        due = [row[0] for row in cursor.fetchall()]
        if not due:
            return []
        token = uuid4()
        waiting = Delivery.objects.filter(pk__in=due)
        taken = list(
            waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("endpoint")
            .order_by("pk")
        )
        Delivery.objects.filter(pk__in=[each.pk for each in taken]).update(
            claim=token, claimed_until=now + lease(LEASE_REQUESTS)
        )
        secrets = _secrets({each.endpoint_id for each in taken}, now=now)
    return [
        Claimed(
            each.pk,
            each.endpoint_id,
            each.event_id,
            each.endpoint.url,
            each.body,
            token,
            tuple(secrets.get(each.endpoint_id, ())),
        )
        for each in taken
    ]


def _secrets(endpoint_ids: set[UUID], *, now: datetime) -> dict[UUID, list[bytes]]:
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    found: dict[UUID, list[bytes]] = {}
    for each in Secret.objects.filter(valid, endpoint_id__in=endpoint_ids).order_by("-created_at"):
        found.setdefault(each.endpoint_id, []).append(bytes(each.locked))
    return found


@transaction.atomic
def take_place(*, now: datetime) -> tuple[int, UUID] | None:
    """Take a place among those who send; None if all are taken. A dead run's is free again."""
    places = range(1, min(settings.WEBHOOKS_RUNS_MAX, PLACES_MAX) + 1)
    with tenancy.acting_as_platform():
        free = Reader.objects.filter(Q(run=None) | Q(run_until__lte=now), pk__in=places)
        place = (
            free.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("-pk")
            .first()
        )
        if place is None:
            return None
        run = uuid4()
        Reader.objects.filter(pk=place.pk).update(run=run, run_until=now + lease(PLACE_REQUESTS))
    return place.pk, run


@transaction.atomic
def keep_place(place: tuple[int, UUID], *, now: datetime) -> bool:
    """Say that a run still works; return whether the place is still its own."""
    with tenancy.acting_as_platform():
        mine = Reader.objects.filter(pk=place[0], run=place[1])
        return bool(mine.update(run_until=now + lease(PLACE_REQUESTS)))


@transaction.atomic
def leave_place(place: tuple[int, UUID]) -> None:
    """Let somebody else have the place."""
    with tenancy.acting_as_platform():
        Reader.objects.filter(pk=place[0], run=place[1]).update(run=None, run_until=None)
