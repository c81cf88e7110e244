"""Keep floors in the trigger's plans, and post a plain transfer that comes alone without arrays."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def before() -> str:
    """
    Return what puts back the functions of earlier migrations.

    The new ones stay: a batch that waited for the table still calls them.
    """
    functions = []
    for file, names in [
        ("0001_triggers.sql", ["ledger_fold_deltas"]),
        ("0007_transfers_alone.sql", ["ledger_take_transfers", "ledger_post_batch"]),
    ]:
        text = (SQL / file).read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        for name in names:
            start = text.index(f"CREATE OR REPLACE FUNCTION {name}(")
            functions.append(text[start:].split("END $$;", 1)[0] + "END $$;")
    return "LOCK TABLE ledger_transfer IN ACCESS EXCLUSIVE MODE;" + "".join(functions)


class Migration(migrations.Migration):

    dependencies = [("ledger", "0007_transfers_alone")]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "0008_floors_in_plans.sql").read_text(), reverse_sql=before()
        )
    ]
