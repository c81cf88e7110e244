"""Let the platform alone add assets, kinds, reasons and flows; everybody reads them."""

from django.db import migrations

from common.rls import IS_PLATFORM

TABLES = ["ledger_asset", "ledger_kind", "ledger_reason", "ledger_flow"]


def wall(table: str) -> migrations.RunSQL:
    """Return the operation that lets all read a table of definitions and the platform add to it."""
    return migrations.RunSQL(
        sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY {table}_whole ON {table} TO suanpan_owner USING (true);
            CREATE POLICY {table}_read ON {table} FOR SELECT TO suanpan_app USING (true);
            CREATE POLICY {table}_insert ON {table} FOR INSERT TO suanpan_app
                WITH CHECK ({IS_PLATFORM});
        """,
        reverse_sql=f"""
            DROP POLICY {table}_insert ON {table};
            DROP POLICY {table}_read ON {table};
            DROP POLICY {table}_whole ON {table};
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


class Migration(migrations.Migration):

    dependencies = [("ledger", "0002_seal")]

    operations = [wall(table) for table in TABLES]
