"""Heartbeats of agents: one signature a batch, one statement for all of its resources."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from django.db import connection, transaction
from msgspec import Meta

from common import tenancy
from gateway.sensing.contracts import (
    AHEAD_SECONDS_MAX,
    FRESH_INTERVALS,
    HEARTBEAT_BYTES_MAX,
    HEARTBEAT_RESOURCES_MAX,
    INTERVAL_SECONDS_MAX,
    INTERVAL_SECONDS_MIN,
    PATHS_MAX,
    ROUND_TRIP_US_MAX,
    HeartbeatMalformed,
    HeartbeatTooLarge,
    HubUnknown,
    ObservedInFuture,
    ResourceNotBound,
    StateSource,
)
from gateway.sensing.event_names import SensingEvent
from gateway.sensing.models import PathSample, SourceState
from identity.events import services as events
from identity.identifiers import regions
from metering import signatures
from metering.cloudevents import Message

SILENT_BATCH_MAX: Final = 500
Amount = Annotated[int, Meta(ge=0, le=10**12)]
_OWN: Final = """
    SELECT id, id::text, identifier FROM identity_computeresource
    WHERE provider_id = %s AND (id::text = ANY(%s) OR identifier = ANY(%s))
        AND coalesce((
            SELECT bool_or(b.chain_id = %s) FROM sensing_agentbinding b
            WHERE b.resource_id = identity_computeresource.id AND b.ended_at IS NULL
        ), true)
"""
_MERGE: Final = """
    INSERT INTO sensing_sourcestate AS held (resource_id, provider_id, source, total_milli,
        free_milli, health, observed_at, sequence, digest, fresh_until, received_at, is_told)
    SELECT s.id, %(provider)s, %(source)s, s.total, s.free, s.health, %(observed)s, %(sequence)s,
        %(digest)s, %(until)s, %(now)s, false
    FROM unnest(%(ids)s::uuid[], %(totals)s::bigint[], %(frees)s::bigint[], %(healths)s::text[])
        AS s (id, total, free, health)
    ORDER BY s.id
    ON CONFLICT (resource_id, source) DO UPDATE
    SET total_milli = excluded.total_milli, free_milli = excluded.free_milli,
        health = excluded.health, observed_at = excluded.observed_at,
        sequence = excluded.sequence, digest = excluded.digest,
        fresh_until = excluded.fresh_until, received_at = excluded.received_at, is_told = false
    WHERE (held.observed_at, held.sequence, held.digest)
        < (excluded.observed_at, excluded.sequence, excluded.digest)
    RETURNING resource_id
"""
_REMEMBER: Final = """
    INSERT INTO sensing_statehistory AS held (resource_id, provider_id, source, slot_at, low_milli,
        high_milli, sum_milli, words)
    SELECT s.id, %(provider)s, %(source)s,
        date_bin('5 minutes', %(observed)s, '2000-01-01 00:00:00Z'), s.free, s.free, s.free, 1
    FROM unnest(%(ids)s::uuid[], %(frees)s::bigint[]) AS s (id, free)
    WHERE s.free IS NOT NULL AND s.id = ANY(%(taken)s::uuid[])
    ORDER BY s.id
    ON CONFLICT (resource_id, source, slot_at) DO UPDATE
    SET low_milli = least(held.low_milli, excluded.low_milli),
        high_milli = greatest(held.high_milli, excluded.high_milli),
        sum_milli = held.sum_milli + excluded.sum_milli, words = held.words + 1
"""


class BeatOfResource(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an agent says of one resource: its id or its identifier, and figures."""

    resource: Annotated[str, Meta(min_length=1, max_length=96)]
    health: Literal["OK", "DEGRADED", "DOWN"]
    free_milli: Amount | None = None
    total_milli: Amount | None = None


class MeasuredWay(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an agent measured of the way from its hub to another, there and back."""

    from_hub: Annotated[str, Meta(min_length=1, max_length=8)]
    to_hub: Annotated[str, Meta(min_length=1, max_length=8)]
    round_trip_us: Annotated[int, Meta(ge=1, le=ROUND_TRIP_US_MAX)]
    mbps: Annotated[int, Meta(ge=0, le=10**7)] | None = None


class SignedHeartbeat(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One batch of an agent."""

    format: Literal["suanpan-heartbeat/1"]
    boot_id: UUID
    sequence: Annotated[int, Meta(ge=0, le=2**53)]
    observed_at: Annotated[datetime, Meta(tz=True)]
    interval_seconds: Annotated[int, Meta(ge=INTERVAL_SECONDS_MIN, le=INTERVAL_SECONDS_MAX)]
    resources: list[BeatOfResource] = []
    paths: Annotated[list[MeasuredWay], Meta(max_length=PATHS_MAX)] = []


@dataclass(frozen=True, slots=True)
class HeardBatch:
    """What became of a batch: how many words were new, and how many older than what is known."""

    taken: int
    older: int
    fresh_until: datetime


@transaction.atomic
def hear(*, provider_id: UUID, message: Message, now: datetime) -> HeardBatch:
    """
    Take a batch that an agent signed, byte for byte: all of it or nothing.

    :raises SignatureRefused: if no good agent of the provider signed it
    :raises HeartbeatTooLarge, HeartbeatMalformed: if it is too long, or is none
    :raises ObservedInFuture: if the agent's clock is more than 30 s ahead
    :raises ResourceNotBound: if it names a resource that is not the provider's
    """
    if len(message.body) > HEARTBEAT_BYTES_MAX:
        raise _too_large()
    agent = signatures.signer(provider_id=provider_id, message=message, now=now)
    batch = _read(message.body)
    if batch.observed_at > now + timedelta(seconds=AHEAD_SECONDS_MAX):
        raise ObservedInFuture(field="observed_at")
    ids = _bound(provider_id, agent.chain_id, batch.resources)
    until = batch.observed_at + timedelta(seconds=FRESH_INTERVALS * batch.interval_seconds)
    values: dict[str, Any] = {
        "provider": provider_id,
        "source": StateSource.AGENT.value,
        "observed": batch.observed_at,
        "sequence": batch.sequence,
        "digest": hashlib.sha256(message.body).digest(),
        "until": until,
        "now": now,
        "ids": ids,
        "totals": [each.total_milli for each in batch.resources],
        "frees": [each.free_milli for each in batch.resources],
        "healths": [each.health for each in batch.resources],
    }
    _record_return(provider_id, ids)
    with connection.cursor() as cursor:
        cursor.execute(_MERGE, values)
        taken = [row[0] for row in cursor.fetchall()]
        cursor.execute(_REMEMBER, values | {"taken": taken})
    _keep_paths(agent.chain_id, batch, values)
    return HeardBatch(len(taken), len(ids) - len(taken), until)


def _read(body: bytes) -> SignedHeartbeat:
    try:
        batch = msgspec.json.decode(body, type=SignedHeartbeat)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HeartbeatMalformed(problem=str(error)[:200]) from error
    if len(batch.resources) > HEARTBEAT_RESOURCES_MAX:
        raise _too_large()
    if not batch.resources and not batch.paths:
        raise HeartbeatMalformed(problem="neither a resource nor a path")
    names = {each.resource for each in batch.resources}
    is_within = all(
        each.free_milli is None or each.total_milli is None or each.free_milli <= each.total_milli
        for each in batch.resources
    )
    if len(names) != len(batch.resources) or not is_within:
        raise HeartbeatMalformed(problem="a resource twice, or more free than there is")
    return batch


def _keep_paths(chain_id: UUID, batch: SignedHeartbeat, values: dict[str, Any]) -> None:
    """
    Keep what an agent measured of paths.

    :raises HubUnknown: naming the hub that there is not
    """
    hubs = {hub.code for hub in regions.hubs()}
    for way in batch.paths:
        if way.from_hub not in hubs or way.to_hub not in hubs - {way.from_hub}:
            raise HubUnknown(field="paths", hub=way.to_hub)
    PathSample.objects.bulk_create(
        [
            PathSample(
                provider_id=values["provider"],
                chain_id=chain_id,
                hub_a=min(way.from_hub, way.to_hub),
                hub_b=max(way.from_hub, way.to_hub),
                round_trip_us=way.round_trip_us,
                mbps=way.mbps,
                observed_at=batch.observed_at,
                digest=values["digest"],
            )
            for way in batch.paths
        ],
        ignore_conflicts=True,
    )


def _bound(provider_id: UUID, chain_id: UUID, beats: list[BeatOfResource]) -> list[UUID]:
    """
    Return the resources that a batch names, in its order.

    :raises ResourceNotBound: naming the first that is not the provider's, or that other agents
        alone are bound to
    """
    names = [each.resource for each in beats]
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [provider_id, names, names, chain_id])
        known = {name: row[0] for row in cursor.fetchall() for name in row[1:]}
    missing = next((name for name in names if name not in known), None)
    if missing is not None:
        raise ResourceNotBound(resource=missing)
    found = [known[name] for name in names]
    if len(set(found)) != len(found):
        raise HeartbeatMalformed(problem="a resource twice")
    return found


def _too_large() -> HeartbeatTooLarge:
    return HeartbeatTooLarge(resources=HEARTBEAT_RESOURCES_MAX, bytes=HEARTBEAT_BYTES_MAX)


def _record_return(provider_id: UUID, ids: list[UUID]) -> None:
    """Say that resources are heard of again, if it was said that they are not."""
    silent = SourceState.objects.filter(resource_id__in=ids, source=StateSource.AGENT, is_told=True)
    if count := silent.count():
        events.record([_event(SensingEvent.SOURCE_BACK, provider_id, count)])


def tell_of_silence(*, now: datetime) -> int:
    """Tell providers once of sources that fell silent; return how many words grew stale."""
    with tenancy.acting_as_platform():
        stale = (
            SourceState.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(is_told=False, fresh_until__lte=now)
            .order_by("fresh_until")[:SILENT_BATCH_MAX]
        )
        rows = list(stale)
        SourceState.objects.filter(pk__in=[row.pk for row in rows]).update(is_told=True)
        counts: dict[UUID, int] = {}
        for row in rows:
            counts[row.provider_id] = counts.get(row.provider_id, 0) + 1
        events.record(
            [_event(SensingEvent.SOURCE_SILENT, each, count) for each, count in counts.items()]
        )
    return len(rows)


def _event(name: SensingEvent, provider_id: UUID, count: int) -> events.Event:
    return events.Event(
        name=name,
        object_kind="organization",
        object_id=provider_id,
        concerns=[provider_id],
        facts={"resources": count},
    )
