"""
What orders take of caps and give back.

Caps are locked before the accounts of the ledger, in the order of their uses, by everybody: those
who hold money under them and those who settle. What a settled or cancelled order gives back the
triggers of its own tables say, so that no way around exists.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from common.canonical import canonical_json
from common.moments import market_date
from marketplace.budgets.contracts import CapRefusal, CapWish


def take(wanted: Sequence[CapWish], *, at: datetime) -> list[CapRefusal]:
    """
    Let orders take what they hold, in their turns; return those that a cap stops.

    It is one statement that checks and takes, and its locks last until the commit: the hold that
    follows in the same transaction is within every cap, or is not there. Orders of organisations
    without caps take nothing.
    """
    if not wanted:
        return []
    rows = [
        {
            "turn": turn,
            "order_id": each.order_id,
            "part": each.part,
            "organization_id": each.organization_id,
            "project_id": each.project_id,
            "person_id": each.person_id,
            "amount_minor": each.amount_minor,
            "whole_minor": each.whole_minor,
        }
        for turn, each in enumerate(wanted)
    ]
    with connection.cursor() as cursor:
        given: list[str | date] = [canonical_json(rows).decode(), market_date(at)]
        cursor.execute("SELECT * FROM budgets_take(%s::jsonb, %s)", given)
        return [CapRefusal(*row) for row in cursor.fetchall()]


def return_room(order_ids: Collection[UUID], *, kept_minor: int = 0) -> None:
    """Let orders keep no more than an amount of what they took."""
    if not order_ids:
        return
    rows = [{"order_id": each, "kept_minor": kept_minor} for each in order_ids]
    with connection.cursor() as cursor:
        cursor.execute("SELECT budgets_keep(%s::jsonb)", [canonical_json(rows).decode()])


def lock(order_ids: Collection[UUID]) -> None:
    """Lock what orders took, before the accounts that their money is on."""
    if not order_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT budgets_lock(%s::uuid[])", [list(order_ids)])
