"""Numbers without gaps: the next is one more than the last, and one transaction at a time asks."""

from django.db import connection
from django.db.models import Max

from marketplace.settlement.models import Adjustment, Contract, EmptyReceipt, TradeRecord

Numbered = type[Adjustment] | type[Contract] | type[EmptyReceipt] | type[TradeRecord]


def next_sequence(model: Numbered) -> int:
    """Return the first free sequence of a table; others wait until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [model._meta.db_table]
        )
    last = model._default_manager.aggregate(last=Max("sequence"))["last"]
    return (last or 0) + 1
