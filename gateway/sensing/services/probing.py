"""
The market's own look: it asks the address of a resource, and says what it found.

Rows are taken with a lease in a short transaction, asked outside any, and written in another. Who
dies in between leaves the lease, which ends by itself.
"""

import hashlib
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from common import clock, outbound, tenancy
from common.outbound import OutboundRefused
from common.period import Period
from gateway.sensing.contracts import (
    DELIVERY_COUNTS_SECONDS,
    PROBE_BOUNDS_MS,
    PROBE_COUNTS_SECONDS,
    PROBE_EVERY_SECONDS,
    Health,
    StateSource,
)
from gateway.sensing.models import ProbedEndpoint

PROBES_TOGETHER: Final = 20
THREADS: Final = 10
LEASE: Final = timedelta(seconds=PROBE_EVERY_SECONDS)
SECONDS_MAX: Final = 5.0
WELL_BELOW: Final = 500  # a status that tells that somebody is there and not in trouble
_chance: Final = random.SystemRandom()
# A delivery that says of its resource what another said so shortly before says nothing new.
REPEATED_WITHIN: Final = timedelta(seconds=1)
_SEEN: Final = """
    INSERT INTO sensing_sourcestate AS held (resource_id, provider_id, source, health, observed_at,
        sequence, digest, fresh_until, received_at, is_told)
    SELECT r.id, r.provider_id, %(source)s, %(health)s, %(at)s, 0, %(digest)s, %(until)s, %(now)s,
        true
    FROM identity_computeresource r WHERE r.id = ANY(%(ids)s)
    AND NOT EXISTS (
        SELECT FROM sensing_sourcestate known
        WHERE known.resource_id = r.id AND known.source = %(source)s
            AND known.health = %(health)s AND known.observed_at > %(repeated_since)s
    )
    ORDER BY r.id
    ON CONFLICT (resource_id, source) DO UPDATE
    SET health = excluded.health, observed_at = excluded.observed_at, digest = excluded.digest,
        fresh_until = excluded.fresh_until, received_at = excluded.received_at
    WHERE (held.observed_at, held.sequence, held.digest)
        < (excluded.observed_at, excluded.sequence, excluded.digest)
"""


_COUNTED: Final = """
    INSERT INTO sensing_probehour AS held (resource_id, provider_id, hour_at, probes, within)
    VALUES (%(resource)s, %(provider)s, date_trunc('hour', %(at)s, 'UTC'), 1, %(within)s)
    ON CONFLICT (resource_id, hour_at) DO UPDATE SET probes = held.probes + 1, within = ARRAY(
        SELECT a + b FROM unnest(held.within, excluded.within) WITH ORDINALITY AS u(a, b, place)
        ORDER BY place
    )
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What an address answered: its status and milliseconds, or why it did not."""

    status: int | None
    took_ms: int
    problem: str

    @property
    def health(self) -> Health:
        """Return how the resource is by that."""
        if self.status is None:
            return Health.DOWN
        return Health.OK if self.status < WELL_BELOW else Health.DEGRADED


def probe_due(*, now: datetime) -> int:
    """Ask the addresses that are due, at most twenty; return how many were asked."""
    with tenancy.acting_as_platform():
        due = list(
            ProbedEndpoint.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(next_at__lte=now)
            .order_by("next_at")[:PROBES_TOGETHER]
        )
        ProbedEndpoint.objects.filter(pk__in=[each.pk for each in due]).update(next_at=now + LEASE)
    if not due:
        return 0
    for each, found in zip(due, answers([each.url for each in due]), strict=True):
        _note(each.pk, each.url, found, clock.now())
    return len(due)


def answers(urls: Sequence[str]) -> list[Found]:
    """Ask addresses by threads, which touch no database."""
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return list(pool.map(ask, urls))


def ask(url: str) -> Found:
    """Ask an address through the one door out; what it says is not read."""
    began = time.monotonic()
    limits = outbound.Limits(
        connect_seconds=SECONDS_MAX, read_seconds=SECONDS_MAX, total_seconds=SECONDS_MAX
    )
    try:
        reply = outbound.deliver(outbound.Request("GET", url), limits=limits)
    except OutboundRefused as refusal:
        return Found(None, _took(began), refusal.code)
    return Found(reply.status, _took(began), "")


def _took(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _note(resource_id: UUID, url: str, found: Found, now: datetime) -> None:
    wait = PROBE_EVERY_SECONDS * _chance.uniform(0.8, 1.0)
    with tenancy.acting_as_platform():
        mine = ProbedEndpoint.objects.filter(resource_id=resource_id, url=url)
        before = mine.select_for_update(no_key=True).first()
        if before is None or before.next_at is None:
            return  # Its provider took it back meanwhile.
        before.asked_at, before.status, before.took_ms = now, found.status, found.took_ms
        before.problem = found.problem
        before.failures = 0 if found.health == Health.OK else before.failures + 1
        before.next_at = now + timedelta(seconds=wait)
        before.save()
        _see(
            [resource_id],
            source=StateSource.PROBE,
            health=found.health,
            at=now,
            until=now + timedelta(seconds=PROBE_COUNTS_SECONDS),
            evidence=f"{url} {found.status} {found.problem}",
        )
        _count(resource_id, before.provider_id, found, at=now)


def _count(resource_id: UUID, provider_id: UUID, found: Found, *, at: datetime) -> None:
    """Count an answer of this hour by how long it took; one that did not come is in no bound."""
    is_answer = found.health == Health.OK
    values: Mapping[str, Any] = {
        "resource": resource_id,
        "provider": provider_id,
        "at": at,
        "within": [int(is_answer and found.took_ms <= bound) for bound in PROBE_BOUNDS_MS],
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, values)


def observe(*, resource_ids: Sequence[UUID], health: Health, at: datetime, evidence: str) -> None:
    """
    Note what a delivery showed of resources; `evidence` names what happened.

    A word of a delivery counts for an hour, or until the next one. Said again within a second, by
    another delivery of a resource that many are started on, it changes nothing: they need not wait
    for each other.
    """
    with tenancy.acting_as_platform():
        _see(
            list(resource_ids),
            source=StateSource.DELIVERY,
            health=health,
            at=at,
            until=at + timedelta(seconds=DELIVERY_COUNTS_SECONDS),
            evidence=evidence,
            repeated_since=at - REPEATED_WITHIN,
        )


@transaction.atomic
def relate(
    *,
    resource_ids: Sequence[UUID],
    source: StateSource,
    health: Health,
    period: Period,
    evidence: str,
) -> None:
    """
    Note that a source said the same of resources all through a period, as who fills in a past may.

    It counts until the period ends. Words come in the order of their time: an older one than what
    is known of a source changes nothing.
    """
    with tenancy.acting_as_platform():
        _see(
            list(resource_ids),
            source=source,
            health=health,
            at=period.starts_at,
            until=period.ends_at,
            evidence=evidence,
        )


def _see(
    ids: Sequence[UUID],
    *,
    source: StateSource,
    health: Health,
    at: datetime,
    until: datetime,
    evidence: str,
    repeated_since: datetime | None = None,
) -> None:
    values: Mapping[str, Any] = {
        "source": source.value,
        "health": health.value,
        "at": at,
        "until": until,
        "now": at,
        "repeated_since": repeated_since,
        "digest": hashlib.sha256(evidence.encode()).digest(),
        "ids": list(ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, values)
