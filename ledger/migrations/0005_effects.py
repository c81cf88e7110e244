"""Sums by the hours of effect and booking: balances as of any two moments."""

from django.db import migrations

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_entries_of_accounts")]

    operations = bounded(
        [
            script("ledger", "effects.sql", reverse="effects_gone.sql"),
            *functions("ledger", "ledger_balances_as_of", "ledger_kinds_as_of"),
        ]
    )
