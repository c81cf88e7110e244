"""What was published stays; everyone may read it, only the market writes it."""

from django.db import migrations

from common.rls import IS_PLATFORM, protect


class Migration(migrations.Migration):
    dependencies = [
        ("bulletin", "0001_daily_index"),
        ("settlement", "0002_walls_and_first_fee"),  # defines the trigger's function
    ]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER bulletin_dailyindex_is_append_only
                BEFORE UPDATE OR DELETE OR TRUNCATE ON bulletin_dailyindex
                FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change();
            REVOKE UPDATE, DELETE, TRUNCATE ON bulletin_dailyindex FROM suanpan_app;
            """,
            """
            GRANT UPDATE, DELETE ON bulletin_dailyindex TO suanpan_app;
            DROP TRIGGER bulletin_dailyindex_is_append_only ON bulletin_dailyindex;
            """,
        ),
        protect("bulletin_dailyindex", visible="true", writable=IS_PLATFORM),
    ]
