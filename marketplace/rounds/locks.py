"""
Every lock of the rounds room: a round before its orders, and both before books and listings.

Whoever places, changes or withdraws an order waits for a phase that is being changed, and the other
way round: nothing slips in behind the seal.
"""

from uuid import UUID

from django.db import connection

from common import tenancy
from marketplace.rounds.models import CallRound, RoundOrder

_DECIDED: int = 61  # the class of advisory locks under which a round is decided


def call_round(round_id: UUID) -> CallRound | None:
    """Lock a round until the transaction ends."""
    with tenancy.acting_as_platform():
        return CallRound.objects.filter(pk=round_id).select_for_update(no_key=True).first()


def order(*, round_order_id: UUID, buyer_id: UUID) -> RoundOrder | None:
    """Lock a buyer's order, its round before."""
    found = RoundOrder.objects.filter(pk=round_order_id, buyer_id=buyer_id)
    round_id = found.values_list("round_id", flat=True).first()
    if round_id is None:
        return None
    call_round(round_id)
    return found.select_for_update(no_key=True).first()


def try_decision(round_id: UUID) -> bool:
    """Let one process decide a round; it ends with the session, so whoever dies leaves it free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_DECIDED, str(round_id)])
        row = cursor.fetchone()
    return bool(row and row[0])


def leave_decision(round_id: UUID) -> None:
    """Let others decide a round."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_DECIDED, str(round_id)])
