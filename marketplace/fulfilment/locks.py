"""Which conversation is being written in: before deliveries, and after contracts."""

from uuid import UUID

from django.db import connection

_CONVERSATIONS = 36


def conversation(order_id: UUID) -> None:
    """Take the conversation about an order for this transaction, waiting for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
            [f"conversation {order_id}", _CONVERSATIONS],
        )


def free_conversation(order_id: UUID) -> bool:
    """Take the conversation about an order for this transaction, if nobody has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))",
            [f"conversation {order_id}", _CONVERSATIONS],
        )
        return bool(cursor.fetchone()[0])
