"""Let nobody act for the whole market by saying so: policies ask for the seal."""

from django.db import migrations

from common.rls import ENSURE_FUNCTIONS

SAID = "COALESCE(current_setting(''suanpan.tenant''::text, true), ''''::text)"
SEALED = "suanpan_tenant()"
REWRITE = """
    DO $$
    DECLARE wall record;
    BEGIN
        FOR wall IN SELECT * FROM pg_policies WHERE schemaname = 'public' LOOP
            IF strpos(concat(wall.qual, wall.with_check), '{before}') > 0 THEN
                EXECUTE format('ALTER POLICY %I ON %I', wall.policyname, wall.tablename)
                    || coalesce(' USING (' || replace(wall.qual, '{before}', '{after}') || ')', '')
                    || coalesce(
                        ' WITH CHECK (' || replace(wall.with_check, '{before}', '{after}') || ')',
                        '');
            END IF;
        END LOOP;
    END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("identity", "0004_persons_behind_evidence"),
        ("ledger", "0002_seal"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[
                ENSURE_FUNCTIONS,
                REWRITE.format(before=SAID, after=SEALED),
            ],
            reverse_sql=[
                REWRITE.format(before=SEALED, after=SAID),
            ],
        )
    ]
