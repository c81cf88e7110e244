"""How long sources said the same of resources, and how fast addresses answered, hour by hour."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from common.rls import owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0024_codes_are_renamed"),
        ("sensing", "0002_bindings_endpoints_and_paths"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="sourcestate",
                name="health_since",
                field=models.DateTimeField(
                    help_text="since when it says the same without a silence; by the database",
                    null=True,
                ),
            ),
            migrations.CreateModel(
                name="HealthSpan",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("AGENT", "the provider's agent"),
                                ("PROBE", "the market's probe"),
                                ("DELIVERY", "deliveries"),
                                ("MARKET", "the market's own book"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "health",
                        models.CharField(
                            choices=[
                                ("OK", "well"),
                                ("DEGRADED", "degraded"),
                                ("DOWN", "down"),
                                ("UNKNOWN", "unknown"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resource", "source", "ends_at"), name="health_span_ends_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("source__in", ["AGENT", "PROBE", "DELIVERY", "MARKET"]),
                                ("health__in", ["OK", "DEGRADED", "DOWN", "UNKNOWN"]),
                            ),
                            name="health_span_words_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="health_span_lasts",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ProbeHour",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("hour_at", models.DateTimeField()),
                    ("probes", models.PositiveIntegerField()),
                    (
                        "within",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveIntegerField(),
                            help_text="answers by bound, as PROBE_BOUNDS_MS",
                            size=None,
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resource", "hour_at"), name="probe_hour_once"
                        )
                    ],
                },
            ),
            *functions("gateway.sensing", "sensing_keep_spans"),
            row_trigger(
                "sensing_sourcestate",
                "state_keeps_spans",
                when="BEFORE INSERT OR UPDATE",
                function="sensing_keep_spans",
            ),
            append_only("sensing_healthspan"),
            migrations.RunSQL(
                "REVOKE DELETE ON sensing_probehour FROM suanpan_app",
                "GRANT DELETE ON sensing_probehour TO suanpan_app",
            ),
            protect("sensing_healthspan", visible=owned_by("provider_id")),
            protect("sensing_probehour", visible=owned_by("provider_id")),
        ]
    )
