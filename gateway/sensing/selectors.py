"""Reads: what is perceived of resources now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from common import tenancy
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.models import SourceState, StateHistory
from gateway.sensing.rules import PerceivedState, Sight, perceived

_MARKET: Final = """
    SELECT id, total_milli, available_milli, observed_at FROM identity_computeresource
    WHERE id = ANY(%s)
"""


def state_of(resource_ids: Collection[UUID], at: datetime) -> dict[UUID, PerceivedState]:
    """Return what is known of resources at a moment by two statements; unknown ids are left out."""
    sights: dict[UUID, list[Sight]] = defaultdict(list)
    with tenancy.acting_as_platform():
        for row in SourceState.objects.filter(resource_id__in=resource_ids):
            sights[row.resource_id].append(sight_of(row))
        with connection.cursor() as cursor:
            cursor.execute(_MARKET, [list(resource_ids)])
            rows = cursor.fetchall()
    return {
        resource_id: perceived(
            total_milli=total,
            market_milli=available,
            market_at=observed_at,
            sights=sights[resource_id],
            now=at,
        )
        for resource_id, total, available, observed_at in rows
    }


def state_shown(resource_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """Return what the resolver answers of a resource's state; None if there is no such resource."""
    found = state_of([resource_id], at).get(resource_id)
    if found is None:
        return None
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
