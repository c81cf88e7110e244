"""Post a transfer that comes alone in less time, and find holds by their keys."""

import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def before() -> str:
    """
    Return what makes CHECKs of the rules again, and puts the trigger's function back.

    All transfers kept the rules, so nothing is read for the CHECKs.
    """
    rules = re.findall(
        r"CONSTRAINT ledger_transfer_\w+ CHECK .*?(?=,?\n)", (SQL / "0001_tables.sql").read_text()
    )
    quick = (SQL / "0004_quick_post.sql").read_text()
    function = quick[
        quick.index("CREATE FUNCTION ledger_take_transfers") : quick.index("CREATE TRIGGER")
    ]
    return (
        f"ALTER TABLE ledger_transfer {', '.join(f'ADD {rule} NOT VALID' for rule in rules)};"
        + function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        + "DROP FUNCTION ledger_broken_rule, ledger_refusal, ledger_post_batch, ledger_numbers;"
        # What the next migration leaves behind.
        "DROP FUNCTION IF EXISTS ledger_post_one, ledger_explain_refusal, ledger_short;"
    )


class Migration(migrations.Migration):

    dependencies = [("ledger", "0006_short_ways")]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "0007_transfers_alone.sql").read_text(), reverse_sql=before()
        )
    ]
