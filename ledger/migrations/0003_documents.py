"""Documents of other rooms are leaves of the log."""

from django.db import migrations

from common.sql_files import bounded, new_version, script


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_replay"), ("common", "0001_initial")]

    operations = bounded(
        [
            script("ledger", "documents.sql", reverse="documents_gone.sql"),
            new_version("ledger", "ledger_entries", version=2),
        ]
    )
