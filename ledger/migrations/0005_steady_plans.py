"""Read the log and the newest entries along their indexes, whatever the statistics say."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [("ledger", "0004_quick_post")]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "0005_steady_plans.sql").read_text(),
            reverse_sql="DROP FUNCTION ledger_entries, ledger_newer_than_pages",
        )
    ]
