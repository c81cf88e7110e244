"""Migration operations for facts that are never edited."""

from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """Return the operation after which a table takes new rows and nothing else."""
    return migrations.RunSQL(
        sql=f"""
            CREATE TRIGGER {table}_is_append_only
                BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION metering_refuse_change();
        """,
        reverse_sql=f"DROP TRIGGER {table}_is_append_only ON {table};",
    )


def create_refusal() -> migrations.RunSQL:
    """Return the operation that defines the trigger's function."""
    return migrations.RunSQL(
        sql="""
            CREATE FUNCTION metering_refuse_change() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                    USING ERRCODE = 'restrict_violation';
            END $$;
        """,
        reverse_sql="DROP FUNCTION metering_refuse_change();",
    )
