"""One order of locks, for a batch that is posted whole and for one that is posted in parts."""

from pathlib import Path

from django.db import migrations

ROOM = Path(__file__).parents[1]
LOCK_AHEAD = (ROOM / "sql/functions/ledger_lock_ahead/v1.sql").read_text()
CHECKED = "        SELECT n.id INTO bad FROM new_rows n LEFT JOIN ledger_transfer t ON t.id = n.reverses_id"
LOCKED = """        -- In the order of their keys, before any balance.
        hold_ids := ARRAY(SELECT reverses_id FROM new_rows WHERE reverses_id IS NOT NULL);
        PERFORM FROM ledger_transfer t WHERE t.id = ANY (hold_ids) ORDER BY t.id
            FOR NO KEY UPDATE;
"""
REVERSED = "SELECT reverses_id, id FROM new_rows WHERE reverses_id IS NOT NULL;"


def take_transfers(*, in_order: bool) -> str:
    """Return the function of migration 0008, with reversals in the order of their keys or not."""
    text = (ROOM / "migrations/sql/0008_floors_in_plans.sql").read_text()
    start = text.index("CREATE OR REPLACE FUNCTION ledger_take_transfers(")
    function = text[start:].split("END $$;", 1)[0] + "END $$;"
    if not in_order:
        return function
    assert function.count(CHECKED) == function.count(REVERSED) == 1  # noqa: S101 - or it is no use
    in_turn = REVERSED.replace(";", " ORDER BY reverses_id;")
    return function.replace(CHECKED, LOCKED + CHECKED).replace(REVERSED, in_turn)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_balances_without_checks")]

    operations = [
        migrations.RunSQL(LOCK_AHEAD, "DROP FUNCTION ledger_lock_ahead;"),
        migrations.RunSQL(take_transfers(in_order=True), take_transfers(in_order=False)),
    ]
