"""How slot rows are written: three statements for any number of changes."""

from typing import Final

from django.db import connection

from common import sets
from marketplace.catalog.timeline import SlotChanges

MADE: Final = {
    "listing_id": "uuid",
    "listing_seq": "bigint",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "total_milli": "bigint",
    "free_milli": "bigint",
}


def write(changes: SlotChanges) -> None:
    """
    Write changed slots. Rows shrink before others are made, so that none ever overlap.

    The change of a kept row is relative: if a lock were missing, the CHECK on what is free would
    meet the true figure, not a remembered one.
    """
    if changes.removed:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM catalog_capacityslot WHERE id = ANY(%s)", [changes.removed])
    sets.update(
        "catalog_capacityslot",
        {"id": "bigint", "ends_at": "timestamptz", "change": "bigint"},
        changes.kept,
        key=["id"],
        changes={"ends_at": "given.ends_at", "free_milli": "row.free_milli + given.change"},
    )
    sets.insert("catalog_capacityslot", MADE, changes.made)
