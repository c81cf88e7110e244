"""The record of events: one table, a partition a month, append-only, walled in by organisation."""

from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [("common", "0001_initial"), ("identity", "0001_initial")]

    operations = bounded(
        [
            script("identity.events", "tables.sql", reverse="gone.sql"),
            protect("events_event", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            *functions(
                "identity.events", "events_add_partition", "events_make_partitions", "events_record"
            ),
            script("identity.events", "months.sql"),
            script("identity.events", "grants.sql"),
            migrations.CreateModel(
                name="RecordedEvent",
                fields=[
                    ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                    ("place", models.SmallIntegerField()),
                    ("organization_id", models.UUIDField(null=True)),
                    (
                        "xid",
                        models.BigIntegerField(
                            help_text="the transaction that recorded it; set by the database"
                        ),
                    ),
                    ("name", models.CharField(max_length=64)),
                    ("object_kind", models.CharField(max_length=32)),
                    ("object_id", models.CharField(max_length=64)),
                    ("object_label", models.CharField(max_length=200)),
                    ("facts", models.JSONField()),
                    ("happened_at", models.DateTimeField()),
                    ("person_id", models.BigIntegerField(null=True)),
                    ("api_key_id", models.UUIDField(null=True)),
                    ("agent_id", models.UUIDField(null=True)),
                    ("task", models.CharField(max_length=100)),
                    (
                        "behalf_id",
                        models.UUIDField(
                            help_text="the organisation that it was done for", null=True
                        ),
                    ),
                    ("request_id", models.CharField(max_length=64)),
                ],
                options={"db_table": "events_event", "managed": False},
            ),
        ]
    )
