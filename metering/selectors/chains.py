"""Reads of what agents sent, batch by batch."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from metering.contracts import MissingBatches
from metering.models import AgentChain, ChainedBatch, ChainFault, Meter

MISSING_SHOWN_MAX: Final = 100
_MISSING: Final = """
    SELECT earlier + 1, number - 1 FROM (
        SELECT number, lag(number, 1, 0::bigint) OVER (ORDER BY number) AS earlier
        FROM metering_chainedbatch WHERE chain_id = %s
    ) AS beside
    WHERE number > earlier + 1 ORDER BY number LIMIT %s
"""


def chains(ids: Collection[UUID]) -> dict[UUID, AgentChain]:
    """Return what arrived of agents' batches, by the first key of each program."""
    return AgentChain.objects.in_bulk(list(ids))


def missing_batches(chain: AgentChain | None) -> list[MissingBatches]:
    """Return at most a hundred stretches of numbers that never arrived below the highest."""
    if chain is None or chain.arrived == chain.number:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [chain.pk, MISSING_SHOWN_MAX])
        return [MissingBatches(first, last) for first, last in cursor.fetchall()]


def chain_faults(chain_id: UUID) -> QuerySet[ChainFault]:
    """Return what was wrong with an agent's batches, the latest first."""
    return ChainFault.objects.filter(chain_id=chain_id).order_by("-id")


def chained_batches(chain_id: UUID) -> QuerySet[ChainedBatch]:
    """Return an agent's batches, the highest number first."""
    return (
        ChainedBatch.objects.filter(chain_id=chain_id).select_related("agent").order_by("-number")
    )


def meters_signed_by(agent_ids: Collection[UUID]) -> QuerySet[Meter]:
    """Return the meters that agents sign for, with their metric, rule and resource."""
    meters = Meter.objects.filter(agent_id__in=agent_ids)
    return (
        meters.select_related("metric", "rule_version", "resource", "agent")
        .defer("rule_version__definition", "resource__specification")
        .order_by("id")
    )
