"""Migration operations that put tables behind row-level security."""

from django.db import migrations

TENANT = "(SELECT suanpan_tenant())"
IS_PLATFORM = f"{TENANT} = '*'"


def owned_by(*columns: str) -> str:
    """Return the condition that one of the columns names the transaction's tenant."""
    return " OR ".join([IS_PLATFORM, *(f"{column}::text = {TENANT}" for column in columns)])


def protect(table: str, *, visible: str, writable: str | None = None) -> migrations.RunSQL:
    """
    Return the operation that walls a table in.

    `visible` is the SQL condition under which a row may be read; `writable` (by default the same)
    the one under which it may be inserted, changed or removed.
    """
    writable = visible if writable is None else writable
    return migrations.RunSQL(
        sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY {table}_read ON {table} FOR SELECT USING ({visible});
            CREATE POLICY {table}_insert ON {table} FOR INSERT WITH CHECK ({writable});
            CREATE POLICY {table}_update ON {table} FOR UPDATE
                USING ({writable}) WITH CHECK ({writable});
            CREATE POLICY {table}_delete ON {table} FOR DELETE USING ({writable});
        """,
        reverse_sql=f"""
            DROP POLICY {table}_read ON {table};
            DROP POLICY {table}_insert ON {table};
            DROP POLICY {table}_update ON {table};
            DROP POLICY {table}_delete ON {table};
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
