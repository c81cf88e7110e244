"""How slot rows are written: three statements for any number of changes."""

from django.db import connection

from marketplace.catalog.timeline import SlotChanges


def write(changes: SlotChanges) -> None:
    """
    Write changed slots. Rows shrink before others are made, so that none ever overlap.

    The change of a kept row is relative: if a lock were missing, the CHECK on what is free would
    meet the true figure, not a remembered one.
    """
    with connection.cursor() as cursor:
        if changes.removed:
            cursor.execute("DELETE FROM catalog_capacityslot WHERE id = ANY(%s)", [changes.removed])
        if changes.kept:
            cursor.execute(
                """
                UPDATE catalog_capacityslot s
                SET ends_at = k.ends_at, free_milli = s.free_milli + k.change
                FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[])
                    AS k (id, ends_at, change)
                WHERE s.id = k.id
                """,
                [list(column) for column in zip(*changes.kept, strict=True)],
            )
        if changes.made:
            cursor.execute(
                """
                INSERT INTO catalog_capacityslot
                    (listing_id, listing_seq, starts_at, ends_at, total_milli, free_milli)
                SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[],
                                     %s::timestamptz[], %s::bigint[], %s::bigint[])
                """,
                [list(column) for column in zip(*changes.made, strict=True)],
            )
