"""What is measured, by which rules, and what came of it: the tables."""

from common.sql_files import bounded, script
from django.conf import settings
from django.db import migrations, models
import common.ids
import django.db.models.deletion


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            script("metering", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="MeasurementRule",
                fields=[
                    ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ("name", models.CharField(max_length=80)),
                    ("name_en", models.CharField(max_length=80)),
                ],
            ),
            migrations.CreateModel(
                name="CapacityCertificate",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "precision",
                        models.CharField(
                            choices=[
                                ("FP64", "FP64"),
                                ("FP32", "FP32"),
                                ("TF32", "TF32"),
                                ("FP16", "FP16"),
                                ("INT8", "INT8"),
                                ("FP8", "FP8"),
                            ],
                            max_length=4,
                        ),
                    ),
                    (
                        "density",
                        models.CharField(
                            choices=[("DENSE", "Dense"), ("SPARSE", "Sparse")], max_length=6
                        ),
                    ),
                    (
                        "path",
                        models.CharField(
                            choices=[("VECTOR", "Vector"), ("TENSOR", "Tensor")], max_length=6
                        ),
                    ),
                    (
                        "value",
                        models.DecimalField(
                            decimal_places=6, help_text="of one capacity unit", max_digits=18
                        ),
                    ),
                    ("unit", models.CharField(default="TFLOPS", max_length=8)),
                    (
                        "assessment",
                        models.CharField(
                            choices=[("NAMEPLATE", "Nameplate"), ("MEASURED", "Measured")],
                            max_length=9,
                        ),
                    ),
                    ("source", models.TextField()),
                    ("valid_from", models.DateTimeField()),
                    ("valid_to", models.DateTimeField(help_text="exclusive")),
                    ("certified_at", models.DateTimeField()),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                    (
                        "verifier",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "verifier_person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="MeasurementRuleVersion",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    ("window_seconds", models.PositiveIntegerField()),
                    ("grace_seconds", models.PositiveIntegerField()),
                    ("definition", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64, unique=True)),
                    ("source", models.TextField()),
                    ("valid_from", models.DateTimeField()),
                    ("published_at", models.DateTimeField()),
                    (
                        "rule",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="metering.measurementrule",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Metric",
                fields=[
                    ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ("name", models.CharField(max_length=80)),
                    ("name_en", models.CharField(max_length=80)),
                    ("unit", models.CharField(max_length=24)),
                    (
                        "kind",
                        models.CharField(
                            choices=[("TIME", "Use over time"), ("COUNT", "Count")], max_length=5
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["TIME", "COUNT"])),
                            name="metric_kind_known",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Meter",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("name", models.CharField(max_length=80)),
                    (
                        "is_trial",
                        models.BooleanField(default=False, help_text="measured, but never charged"),
                    ),
                    ("registered_at", models.DateTimeField()),
                    (
                        "agent",
                        models.ForeignKey(
                            blank=True,
                            help_text="if named, readings must be signed with this agent's key",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                    (
                        "rule_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.measurementruleversion",
                        ),
                    ),
                    (
                        "metric",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.metric",
                        ),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="measurementruleversion",
                name="metric",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="metering.metric",
                ),
            ),
            migrations.CreateModel(
                name="Reading",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("source", models.CharField(max_length=200)),
                    ("event_id", models.CharField(max_length=100)),
                    ("subject", models.UUIDField(blank=True, null=True)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("quantity", models.DecimalField(decimal_places=12, max_digits=38)),
                    ("received_at", models.DateTimeField()),
                    (
                        "agent",
                        models.ForeignKey(
                            db_index=False,
                            help_text="whose signature came with it",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                    (
                        "meter",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.meter",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="UsageRecord",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("sequence", models.BigIntegerField(editable=False, unique=True)),
                    ("subject", models.UUIDField(blank=True, null=True)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("revision", models.PositiveIntegerField()),
                    ("quantity", models.DecimalField(decimal_places=12, max_digits=38)),
                    (
                        "native_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    ("factor", models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                    (
                        "factor_source",
                        models.TextField(blank=True, help_text="or why there is no factor"),
                    ),
                    ("is_trial", models.BooleanField()),
                    ("inputs_hash", models.CharField(max_length=64)),
                    ("reading_count", models.PositiveIntegerField()),
                    (
                        "units_max",
                        models.DecimalField(
                            decimal_places=12,
                            help_text="units in use at one moment, at most; nobody knows of old records and of counts",
                            max_digits=38,
                            null=True,
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    (
                        "certificate",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.capacitycertificate",
                        ),
                    ),
                    (
                        "meter",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.meter",
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
                    (
                        "rule_version",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.measurementruleversion",
                        ),
                    ),
                    (
                        "supersedes",
                        models.OneToOneField(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="metering.usagerecord",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Window",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("due_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Open"),
                                ("CLOSED", "Closed"),
                                ("SET_ASIDE", "Set aside"),
                            ],
                            default="OPEN",
                            max_length=9,
                        ),
                    ),
                    (
                        "revision",
                        models.PositiveIntegerField(
                            default=0, help_text="how often it was measured"
                        ),
                    ),
                    ("closed_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "set_aside_reason",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", ""),
                                ("above_capacity", "More than the resource can deliver"),
                                ("overlapping_readings", "The same time counted twice"),
                                ("not_measurable", "The readings cannot be added up"),
                            ],
                            default="",
                            max_length=24,
                        ),
                    ),
                    (
                        "admitted_quantity",
                        models.DecimalField(
                            blank=True,
                            decimal_places=12,
                            help_text="an operator admitted the readings as they were, up to this sum",
                            max_digits=38,
                            null=True,
                        ),
                    ),
                    (
                        "meter",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.meter",
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
                ],
            ),
            migrations.CreateModel(
                name="WindowDecision",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "verdict",
                        models.CharField(
                            choices=[("ADMIT", "Admit as read"), ("DISCARD", "Discard")],
                            max_length=7,
                        ),
                    ),
                    (
                        "quantity",
                        models.DecimalField(
                            decimal_places=12,
                            help_text="what the window's readings added up to",
                            max_digits=38,
                        ),
                    ),
                    ("reason", models.TextField()),
                    ("decided_at", models.DateTimeField()),
                    (
                        "decided_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "decided_by_person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "window",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="decisions",
                            to="metering.window",
                        ),
                    ),
                ],
            ),
            script("metering", "first_rules.sql"),
        ]
    )
