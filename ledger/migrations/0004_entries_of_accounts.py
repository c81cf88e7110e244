"""What moved on an account, for rooms that read it by the thousand."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_documents")]

    operations = bounded(functions("ledger", "ledger_account_entries"))
