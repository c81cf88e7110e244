"""Reads: what is perceived of resources now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from common import tenancy
from common.period import Period
from gateway.sensing.contracts import Health, ProbedHour, StateSource, ToldSpan
from gateway.sensing.models import (
    AgentBinding,
    HealthSpan,
    PathSample,
    ProbedEndpoint,
    ProbeHour,
    SourceState,
    StateHistory,
)
from gateway.sensing.rules import WATCHERS, PerceivedState, Sight, perceived

# What is free of a resource `r` by all that is told at `{now}`, as `rules.perceived` has it, of so
# much in `{total}` and in the market's own book `{market}`. Null: nobody knows now.
FREE_NOW: Final = """(SELECT CASE
    WHEN count(*) FILTER (WHERE s.fresh_until > {now}) = 0
        AND count(*) FILTER (WHERE s.source IN ('AGENT', 'PROBE')) > 0 THEN NULL
    ELSE least(
        {market},
        min(least(s.free_milli, s.total_milli, {total})) FILTER (
            WHERE s.fresh_until > {now} AND (s.free_milli, s.total_milli) IS DISTINCT FROM
                (NULL::bigint, NULL::bigint)
        ),
        CASE WHEN count(*) FILTER (WHERE s.fresh_until > {now} AND s.health = 'DOWN') > 0
            AND count(*) FILTER (
                WHERE s.fresh_until > {now} AND s.health IN ('OK', 'DEGRADED')
                    AND s.source = 'AGENT'
            ) = 0
            AND max(s.observed_at) FILTER (
                WHERE s.fresh_until > {now} AND s.health IN ('OK', 'DEGRADED')
                    AND s.source IN ('PROBE', 'DELIVERY')
            ) > max(s.observed_at) FILTER (
                WHERE s.fresh_until > {now} AND s.health = 'DOWN'
            ) IS NOT TRUE THEN 0 END
    ) END
    FROM sensing_sourcestate s WHERE s.resource_id = r.id)"""
SAMPLES_MIN: Final = 5
AGENTS_MIN: Final = 2
WORDS_COUNTED_MAX: Final = 50_000  # beyond, a sample of so many is counted
_MEASURED: Final = """
    SELECT hub_a, hub_b,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY round_trip_us),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY round_trip_us),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY mbps),
        count(*), count(DISTINCT chain_id), max(observed_at)
    FROM sensing_pathsample WHERE observed_at >= %s
    GROUP BY hub_a, hub_b HAVING count(*) >= %s AND count(DISTINCT provider_id) >= %s
"""
_WORDS_ABOUT: Final = (
    "SELECT reltuples::bigint FROM pg_class WHERE oid = 'sensing_sourcestate'::regclass"
)
_WORDS: Final = """
    SELECT source, count(*) FILTER (WHERE fresh_until > %s),
        count(*) FILTER (WHERE fresh_until <= %s), min(observed_at) FILTER (WHERE fresh_until > %s)
    FROM sensing_sourcestate {sample} GROUP BY source ORDER BY source
"""
_TOLD: Final = """
    SELECT resource_id, source, total_milli, free_milli, health, observed_at, fresh_until
    FROM sensing_told(%s)
"""
_MARKET: Final = """
    SELECT id, total_milli, available_milli, observed_at FROM identity_computeresource
    WHERE id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class MeasuredPath:
    """What agents of several providers measured of the way between two hubs."""

    hub_a: str
    hub_b: str
    middle_us: int
    slow_us: int
    mbps: int | None
    samples: int
    agents: int
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class WordsOfSource:
    """How many words of a source count, how many are over, and since when the oldest counts."""

    source: str
    fresh: int
    stale: int
    oldest_fresh_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoodStill:
    """A time for which an agent said that its resource is down; without an end it still says so."""

    starts_at: datetime
    ends_at: datetime | None


def stood_still(*, since: datetime, at: datetime) -> dict[UUID, list[StoodStill]]:
    """
    Return when agents said "down" of resources: now, or in times that ended since a moment.

    By resource, the earliest first; two statements. Whoever calls acts for the market.
    """
    down = {"source": StateSource.AGENT, "health": Health.DOWN}
    ended = HealthSpan.objects.filter(**down, ends_at__gt=since)
    lasting = SourceState.objects.filter(**down, fresh_until__gt=at)
    found: dict[UUID, list[StoodStill]] = defaultdict(list)
    for key, starts_at, ends_at in ended.order_by("ends_at").values_list(
        "resource_id", "starts_at", "ends_at"
    ):
        found[key].append(StoodStill(starts_at, ends_at))
    for key, said_since, observed_at in lasting.values_list(
        "resource_id", "health_since", "observed_at"
    ):
        found[key].append(StoodStill(said_since or observed_at, None))
    return found


def words_of_agents(resource_ids: Collection[UUID], at: datetime) -> dict[UUID, Health]:
    """Return how agents say that resources are, as far as that still counts at a moment."""
    found = SourceState.objects.filter(
        resource_id__in=resource_ids, source=StateSource.AGENT, fresh_until__gt=at
    )
    return {key: Health(health) for key, health in found.values_list("resource_id", "health")}


def words_by_source(now: datetime) -> list[WordsOfSource]:
    """
    Return of each source how fresh its words are; for those who watch the market.

    Where there are more than `WORDS_COUNTED_MAX` words, about so many are read and the counts are
    what follows for all: a look at the market costs the same however many resources tell.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WORDS_ABOUT)
        (about,) = cursor.fetchone()
        percent = min(Decimal(100), 100 * WORDS_COUNTED_MAX / Decimal(max(about, 1)))
        percent = max(percent, Decimal("0.001")).quantize(Decimal("0.001"))
        sample = "" if about <= WORDS_COUNTED_MAX else f"TABLESAMPLE SYSTEM ({percent})"
        cursor.execute(_WORDS.format(sample=sample), [now, now, now])
        rows = cursor.fetchall()
    part = 100 / percent if sample else 1
    return [
        WordsOfSource(source, int(fresh * part), int(stale * part), oldest)
        for source, fresh, stale, oldest in rows
    ]


def sights_of(resource_ids: Collection[UUID]) -> dict[UUID, list[Sight]]:
    """
    Return what each source told last of resources, by resource; one statement, of public facts.

    It acts for nobody else than who asks: a stranger's page stays one.
    """
    sights: dict[UUID, list[Sight]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [list(resource_ids)])
        for resource_id, source, total, free, health, observed_at, fresh_until in cursor:
            sight = Sight(
                source=StateSource(source),
                total_milli=total,
                free_milli=free,
                health=Health(health),
                observed_at=observed_at,
                fresh_until=fresh_until,
            )
            sights.setdefault(resource_id, []).append(sight)
    return sights


def state_of(resource_ids: Collection[UUID], at: datetime) -> dict[UUID, PerceivedState]:
    """Return what is known of resources at a moment by two statements; unknown ids are left out."""
    sights = sights_of(resource_ids)
    with connection.cursor() as cursor:
        cursor.execute(_MARKET, [list(resource_ids)])
        rows = cursor.fetchall()
    return {
        resource_id: perceived(
            total_milli=total,
            market_milli=available,
            market_at=observed_at,
            sights=sights.get(resource_id, []),
            now=at,
        )
        for resource_id, total, available, observed_at in rows
    }


def state_shown(resource_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """Return what the resolver answers of a resource's state; None if there is no such resource."""
    return states_shown([resource_id], at).get(resource_id)


def states_shown(resource_ids: Collection[UUID], at: datetime) -> dict[UUID, Mapping[str, Any]]:
    """Return what APIs answer of resources' states, by resource; unknown ids are left out."""
    found = state_of(resource_ids, at) if resource_ids else {}
    return {resource_id: _shown(state, at) for resource_id, state in found.items()}


def _shown(found: PerceivedState, at: datetime) -> Mapping[str, Any]:
    age = at - found.observed_at if found.observed_at else None
    return {
        "available_milli": found.available_milli,
        "told_by": found.source,
        "observed_at": found.observed_at,
        "age_seconds": max(int(age.total_seconds()), 0) if age is not None else None,
        "health": found.health,
        "fresh_until": found.fresh_until,
        "is_stale": found.is_stale,
    }


def spans_of(resource_ids: Collection[UUID], period: Period) -> dict[UUID, list[ToldSpan]]:
    """
    Return what agents and probes said of resources in a period, by resource, the earliest first.

    A word lasts until another, or until it counts no more: what lies between is a silence. Two
    statements; parts outside the period are cut off.
    """
    told: dict[UUID, list[ToldSpan]] = defaultdict(list)
    names = ("resource_id", "source", "health", "starts_at", "ends_at")
    watchers = {"resource_id__in": resource_ids, "source__in": sorted(WATCHERS)}
    with tenancy.acting_as_platform():
        closed = HealthSpan.objects.filter(
            **watchers, ends_at__gt=period.starts_at, starts_at__lt=period.ends_at
        ).values_list(*names)
        opened = SourceState.objects.filter(
            **watchers, health_since__lt=period.ends_at, fresh_until__gt=period.starts_at
        ).values_list("resource_id", "source", "health", "health_since", "fresh_until")
        for resource_id, source, health, starts_at, ends_at in [*closed, *opened]:
            part = Period(starts_at, ends_at).overlap(period)
            if part is not None:
                told[resource_id].append(ToldSpan(StateSource(source), Health(health), part))
    for spans in told.values():
        spans.sort(key=lambda each: (each.period.starts_at, each.source))
    return told


def probed_hours(resource_ids: Collection[UUID], period: Period) -> dict[UUID, list[ProbedHour]]:
    """Return how fast addresses of resources answered in the hours that begin in a period."""
    found: dict[UUID, list[ProbedHour]] = defaultdict(list)
    with tenancy.acting_as_platform():
        rows = ProbeHour.objects.filter(
            resource_id__in=resource_ids,
            hour_at__gte=period.starts_at,
            hour_at__lt=period.ends_at,
        ).order_by("hour_at")
        for row in rows:
            hour = ProbedHour(row.hour_at, row.probes, tuple(row.within))
            found[row.resource_id].append(hour)
    return found


def sight_of(row: SourceState) -> Sight:
    """Return a source's word as the rules take it."""
    return Sight(
        source=StateSource(row.source),
        total_milli=row.total_milli,
        free_milli=row.free_milli,
        health=Health(row.health),
        observed_at=row.observed_at,
        fresh_until=row.fresh_until,
    )


def sources_of(resource_id: UUID) -> QuerySet[SourceState]:
    """Return what each source told last of a resource, for its owner and for duties."""
    return SourceState.objects.filter(resource_id=resource_id).order_by("source")


def history_of(resource_id: UUID, *, limit: int) -> QuerySet[StateHistory]:
    """Return what was told in the latest stretches of five minutes, the newest first."""
    return StateHistory.objects.filter(resource_id=resource_id).order_by("-slot_at", "id")[:limit]


def bound_agents(resource_id: UUID) -> list[UUID]:
    """Return the first keys of agents that may speak for a resource; none: any of its own."""
    found = AgentBinding.objects.filter(resource_id=resource_id, ended_at__isnull=True)
    return list(found.values_list("chain_id", flat=True))


def endpoint_of(resource_id: UUID) -> ProbedEndpoint | None:
    """Return the address of a resource that the market asks, and what it found last."""
    return ProbedEndpoint.objects.filter(resource_id=resource_id).first()


def due_endpoints(now: datetime) -> QuerySet[ProbedEndpoint]:
    """Return the addresses that are to be asked now, the longest due first."""
    return ProbedEndpoint.objects.filter(next_at__lte=now).order_by("next_at")


def measured_paths(*, since: datetime) -> list[MeasuredPath]:
    """
    Return what agents measured of ways between hubs since a moment, by way.

    Needs five samples of two programs; the figures are the middle and the 95th of a hundred.
    """
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_MEASURED, [since, SAMPLES_MIN, AGENTS_MIN])
        return [MeasuredPath(*row) for row in cursor.fetchall()]


def samples_of(chain_id: UUID, *, limit: int) -> QuerySet[PathSample]:
    """Return what a program measured of paths, the newest first."""
    return PathSample.objects.filter(chain_id=chain_id).order_by("-observed_at")[:limit]
