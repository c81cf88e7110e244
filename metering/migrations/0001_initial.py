"""What is measured, by which rules, and what came of it: the tables."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded, script


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
                options={
                    "indexes": [
                        models.Index(
                            fields=["resource", "valid_from"], name="certificate_by_resource"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("value__gt", 0)), name="certificate_value_positive"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("valid_to__gt", models.F("valid_from"))),
                            name="certificate_period",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("provider", models.F("verifier")), _negated=True),
                            name="certificate_by_another",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("precision__in", ["FP64", "FP32", "TF32", "FP16", "INT8", "FP8"]),
                                ("density__in", ["DENSE", "SPARSE"]),
                                ("path__in", ["VECTOR", "TENSOR"]),
                                ("assessment__in", ["NAMEPLATE", "MEASURED"]),
                            ),
                            name="certificate_kinds_known",
                        ),
                    ],
                },
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
                    ]
                },
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
                    (
                        "metric",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.metric",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("rule", "version"), name="rule_version_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("version__gt", 0)), name="rule_version_from_one"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("window_seconds__gte", 1), ("window_seconds__lte", 86400)
                            ),
                            name="rule_window_within_a_day",
                        ),
                    ]
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
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resource", "name"), name="meter_name_once"
                        ),
                        models.UniqueConstraint(
                            fields=("id", "provider"), name="meter_of_provider"
                        ),
                    ]
                },
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
                options={
                    "indexes": [
                        models.Index(fields=["subject", "sequence"], name="usage_by_subject"),
                        models.Index(fields=["provider", "starts_at"], name="usage_by_provider"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("meter", "starts_at", "subject", "revision"),
                            name="usage_revision_once",
                            nulls_distinct=False,
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("quantity__gte", 0)), name="usage_not_negative"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("units_max__gte", 0)),
                            name="usage_units_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("revision", 1), ("supersedes__isnull", True)),
                                models.Q(("revision__gt", 1), ("supersedes__isnull", False)),
                                _connector="OR",
                            ),
                            name="usage_revision_supersedes",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("factor__isnull", True), ("standard_hours__isnull", True)
                                ),
                                models.Q(
                                    ("factor__isnull", False), ("standard_hours__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="usage_standard_by_factor",
                        ),
                    ],
                },
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
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["due_at", "id"],
                            name="window_due",
                        ),
                        models.Index(
                            condition=models.Q(("state", "SET_ASIDE")),
                            fields=["provider", "starts_at"],
                            name="window_set_aside",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("meter", "starts_at"), name="window_once"),
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["OPEN", "CLOSED", "SET_ASIDE"])),
                            name="window_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state", "SET_ASIDE"), ("set_aside_reason", ""), _connector="XOR"
                            ),
                            name="window_set_aside_for_a_reason",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="window_ends_after_start",
                        ),
                    ],
                },
            ),
            script("metering", "first_rules.sql"),
        ]
    )
