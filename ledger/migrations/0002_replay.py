"""Replays of the balances, in slices that are remembered."""

from django.db import migrations

from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = bounded(
        [
            script("ledger", "replay.sql", reverse="replay_gone.sql"),
            append_only("ledger_replay_finding"),
            # That the ledger was replayed, and how it ended, is everybody's to know.
            protect("ledger_replay", visible="true", writable=IS_PLATFORM),
            protect("ledger_replay_sum", visible=IS_PLATFORM),
            protect("ledger_replay_finding", visible=IS_PLATFORM),
            *functions(
                "ledger", "ledger_moves_after", "ledger_replay_slice", "ledger_finish_replay"
            ),
        ]
    )
