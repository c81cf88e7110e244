"""Rate plans in versions that stay, and quotes that add up."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

import common.checks
import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
    ]

    operations = bounded(
        [
            script("pricing", "sequences.sql", reverse="sequences_gone.sql"),
            *functions(
                "pricing",
                "pricing_components_are_sound",
                "pricing_quote_adds_up",
                "pricing_version_belongs",
                "pricing_version_only_ends",
            ),
            migrations.CreateModel(
                name="RatePlan",
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
                        "seq",
                        models.BigIntegerField(
                            db_default=models.Func(
                                models.Value("pricing_rateplan_seq"), function="nextval"
                            ),
                            editable=False,
                            help_text="A whole number beside the UUID, for constraints over ranges",
                            unique=True,
                        ),
                    ),
                    ("code", models.CharField(max_length=40)),
                    ("name", models.CharField(max_length=80)),
                    ("name_en", models.CharField(blank=True, max_length=120)),
                    ("created_at", models.DateTimeField()),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("provider", "code"), name="rate_plan_code_is_unique"
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="RatePlanVersion",
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
                    ("plan_seq", models.BigIntegerField(editable=False)),
                    ("version", models.PositiveIntegerField()),
                    ("asset", models.CharField(default="CNY", max_length=40)),
                    ("components", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField(null=True)),
                    ("published_at", models.DateTimeField()),
                    (
                        "plan",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="pricing.rateplan",
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("plan", "version"), name="rate_plan_version_number_is_unique"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("ends_at__isnull", True),
                                ("ends_at__gt", models.F("starts_at")),
                                _connector="OR",
                            ),
                            name="rate_plan_version_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("starts_at__gte", models.F("published_at"))),
                            name="rate_plan_version_is_not_backdated",
                        ),
                        models.CheckConstraint(
                            condition=common.checks.Sound(
                                models.F("components"), function="pricing_components_are_sound"
                            ),
                            name="rate_plan_version_components_are_sound",
                        ),
                        django.contrib.postgres.constraints.ExclusionConstraint(
                            expressions=[
                                (
                                    models.Func(
                                        models.F("plan_seq"),
                                        models.F("plan_seq"),
                                        models.Value("[]"),
                                        function="int8range",
                                    ),
                                    "&&",
                                ),
                                (
                                    models.Func(
                                        models.F("starts_at"),
                                        models.F("ends_at"),
                                        function="tstzrange",
                                    ),
                                    "&&",
                                ),
                            ],
                            name="rate_plan_versions_never_overlap",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Quote",
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
                        "rule_version_id",
                        models.UUIDField(
                            help_text="The measurement rule version that the quantities follow",
                            null=True,
                        ),
                    ),
                    ("measure", models.JSONField()),
                    ("subject", models.JSONField()),
                    ("lines", models.JSONField()),
                    ("asset", models.CharField(max_length=40)),
                    ("gross_minor", models.BigIntegerField()),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    ("inputs_hash", models.CharField(max_length=64)),
                    ("quoted_at", models.DateTimeField()),
                    ("valid_until", models.DateTimeField()),
                    (
                        "buyer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "plan_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="pricing.rateplanversion",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["buyer", "-id"], name="quote_of_buyer")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("gross_minor__gte", 0)),
                            name="quote_is_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("valid_until__gt", models.F("quoted_at"))),
                            name="quote_is_valid_for_a_while",
                        ),
                    ],
                },
            ),
            script("pricing", "triggers.sql"),
            # Published prices are public; only their provider (or the platform) may publish.
            protect("pricing_rateplan", visible="true", writable=owned_by("provider_id")),
            protect("pricing_rateplanversion", visible="true", writable=owned_by("provider_id")),
            protect("pricing_quote", visible=owned_by("buyer_id")),
            script("pricing", "grants.sql"),
        ]
    )
