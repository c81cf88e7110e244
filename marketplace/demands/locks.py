"""
Every lock of the demands room.

A demand is taken before the books that serve it, so whoever amends or cancels it waits for the
match that runs, and never the other way round.
"""

from uuid import UUID

from django.db import connection

from marketplace.demands.contracts import DemandState
from marketplace.demands.models import WAITING, PostedDemand


def demand(*, demand_id: UUID, buyer_id: UUID) -> PostedDemand | None:
    """Lock a buyer's demand, waiting for who matches it."""
    found = PostedDemand.objects.filter(pk=demand_id, buyer_id=buyer_id)
    return found.select_for_update(no_key=True).first()


def waiting(demand_id: UUID) -> PostedDemand | None:
    """Lock a demand that waits; nothing if it is over, or somebody has it: they decide."""
    found = PostedDemand.objects.filter(WAITING, pk=demand_id)
    return found.select_for_update(no_key=True, skip_locked=True).first()


def filled(demand_id: UUID) -> PostedDemand | None:
    """Lock a demand that is filled; nothing if it is in another state."""
    found = PostedDemand.objects.filter(pk=demand_id, state=DemandState.FILLED)
    return found.select_for_update(no_key=True).first()


def buyer(buyer_id: UUID) -> None:
    """Let one transaction at a time post demands of a buyer: how many wait is counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 12))", [f"demands {buyer_id}"]
        )
