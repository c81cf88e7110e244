"""Keep floors in the trigger's plans, and post a plain transfer that comes alone without arrays."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def before() -> str:
    """Return what puts back the functions of the migration before this one."""
    earlier = (SQL / "0007_transfers_alone.sql").read_text()
    functions = [
        earlier[earlier.index(f"CREATE {words} {name}(") :].split("END $$;", 1)[0] + "END $$;"
        for words, name in [
            ("OR REPLACE FUNCTION", "ledger_take_transfers"),
            ("FUNCTION", "ledger_post_batch"),
        ]
    ]
    return (
        "LOCK TABLE ledger_transfer IN ACCESS EXCLUSIVE MODE;"
        + "".join(functions).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        + "DROP FUNCTION ledger_post_one, ledger_short,"
        " ledger_refusal(text, text, text, uuid[], bigint[], bigint[], uuid[]);"
    )


class Migration(migrations.Migration):

    dependencies = [("ledger", "0007_transfers_alone")]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "0008_floors_in_plans.sql").read_text(), reverse_sql=before()
        )
    ]
