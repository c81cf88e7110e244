"""The agent that signs for a meter may be replaced, and never be left out again."""

from django.db import migrations

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0002_walls"),
        ("metering", "0003_documents_and_notice"),
    ]

    operations = bounded(
        [
            *functions("metering", "metering_keep_agent"),
            row_trigger(
                "metering_meter",
                "metering_meter_keeps_agent",
                when="BEFORE INSERT OR UPDATE OF agent_id",
                function="metering_keep_agent",
            ),
            migrations.RunSQL(
                sql="GRANT UPDATE (agent_id) ON metering_meter TO suanpan_app;",
                reverse_sql="REVOKE UPDATE (agent_id) ON metering_meter FROM suanpan_app;",
            ),
        ]
    )
