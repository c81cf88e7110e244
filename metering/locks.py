"""Every lock of this room, so that their order can be seen in one place."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from metering.contracts import WindowNotFound
from metering.models import AgentChain, Window

_USAGE_SEQUENCE: Final = 0x5350_4D01  # any number that no other room uses


def usage_sequence() -> None:
    """
    Hold the numbering of usage records until the transaction ends.

    Numbers are then committed in the order in which they were drawn: a reader that has seen
    number n will never find a smaller one later. It is the last lock that closing takes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_USAGE_SEQUENCE])


def window(window_id: int) -> Window:
    """
    Hold one window, so that neither a batch nor a closer touches it.

    :raises WindowNotFound: if there is none
    """
    found = Window.objects.select_for_update(no_key=True).filter(pk=window_id).first()
    if found is None:
        raise WindowNotFound
    return found


def agent_chain(chain_id: UUID, *, provider_id: UUID, now: datetime) -> AgentChain:
    """
    Hold the chain of an agent's batches, so that they are judged one after another.

    It is the first lock that taking a batch takes.
    """
    chains = AgentChain.objects.select_for_update(no_key=True, of=("self",)).select_related("agent")
    found = chains.filter(pk=chain_id).first()
    if found is None:
        new = AgentChain(agent_id=chain_id, provider_id=provider_id, seen_at=now)
        AgentChain.objects.bulk_create([new], ignore_conflicts=True)
        found = chains.get(pk=chain_id)
    return found
