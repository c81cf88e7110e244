"""Signs of life."""

from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("common", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Anchor",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("host", models.CharField(max_length=255)),
                    ("boot", models.CharField(max_length=64)),
                    ("uptime_ms", models.BigIntegerField()),
                    ("anchored_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("host", "boot"), name="pulse_anchor_host_boot"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Mark",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("service", models.CharField(max_length=16)),
                    ("host", models.CharField(max_length=255)),
                    ("wall_at", models.DateTimeField()),
                    ("marked_at", models.DateTimeField()),
                    ("skew_ms", models.BigIntegerField()),
                    ("drift_ms", models.BigIntegerField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("service", "host"), name="pulse_mark_service_host"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Ring",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("sender", models.CharField(max_length=16)),
                    ("queue", models.CharField(max_length=64)),
                    ("heard_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("sender", "queue"), name="pulse_ring_sender_queue"
                        )
                    ],
                },
            ),
            # Nothing in them is a tenant's. Only the platform itself says how it is.
            protect("pulse_mark", visible="true", writable=IS_PLATFORM),
            protect("pulse_anchor", visible="true", writable=IS_PLATFORM),
            protect("pulse_ring", visible="true", writable=IS_PLATFORM),
        ]
    )
