"""Caps on what is spent, and what is used of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0005_suspensions"),
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Cap",
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
                        "scope",
                        models.CharField(
                            choices=[
                                ("ORGANIZATION", "The whole organisation"),
                                ("PROJECT", "One project"),
                                ("MEMBER", "One member"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "period",
                        models.CharField(
                            choices=[
                                ("MONTH", "Each month"),
                                ("QUARTER", "Each quarter"),
                                ("YEAR", "Each year"),
                                ("TOTAL", "In all"),
                            ],
                            max_length=7,
                        ),
                    ),
                    ("amount_minor", models.BigIntegerField()),
                    (
                        "approve_from_minor",
                        models.BigIntegerField(
                            help_text="an order from this on waits for a second person", null=True
                        ),
                    ),
                    ("set_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="projects.project",
                        ),
                    ),
                    (
                        "set_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CapStop",
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
                    ("organization_id", models.UUIDField()),
                    ("order_id", models.UUIDField()),
                    ("part", models.PositiveSmallIntegerField()),
                    ("needed_minor", models.BigIntegerField()),
                    ("left_minor", models.BigIntegerField()),
                    (
                        "cap",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="budgets.cap",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CapUse",
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
                    ("organization_id", models.UUIDField()),
                    ("starts_on", models.DateField()),
                    (
                        "ends_on",
                        models.DateField(
                            help_text="exclusive; none where it counts in all", null=True
                        ),
                    ),
                    ("limit_minor", models.BigIntegerField()),
                    ("used_minor", models.BigIntegerField(db_default=0, default=0)),
                    (
                        "told_percent",
                        models.PositiveSmallIntegerField(
                            db_default=0, default=0, help_text="of what people were told"
                        ),
                    ),
                    (
                        "foreseen_at",
                        models.DateTimeField(
                            help_text="when people were told of the forecast", null=True
                        ),
                    ),
                    (
                        "cap",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="uses",
                            to="budgets.cap",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CapTake",
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
                    ("cap_id", models.UUIDField()),
                    ("organization_id", models.UUIDField()),
                    ("order_id", models.UUIDField()),
                    ("part", models.PositiveSmallIntegerField(help_text="the instalment, from 1")),
                    ("amount_minor", models.BigIntegerField()),
                    ("returned_minor", models.BigIntegerField(db_default=0, default=0)),
                    (
                        "use",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="takes",
                            to="budgets.capuse",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="cap",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("ended_at__isnull", True)),
                    fields=("organization", "scope", "project", "person", "period"),
                    name="cap_once",
                    nulls_distinct=False,
                ),
            ),
            migrations.AddConstraint(
                model_name="cap",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0), ("amount_minor__lte", 10000000000000)
                    ),
                    name="cap_is_bounded",
                ),
            ),
            migrations.AddConstraint(
                model_name="cap",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("approve_from_minor__isnull", True),
                        ("approve_from_minor__gt", 0),
                        _connector="OR",
                    ),
                    name="cap_approval_from_an_amount",
                ),
            ),
            migrations.AddConstraint(
                model_name="cap",
                constraint=models.CheckConstraint(
                    condition=models.Q(("period__in", ["MONTH", "QUARTER", "YEAR", "TOTAL"])),
                    name="cap_period_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="cap",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("person__isnull", True),
                            ("project__isnull", True),
                            ("scope", "ORGANIZATION"),
                        ),
                        models.Q(
                            ("person__isnull", True),
                            ("project__isnull", False),
                            ("scope", "PROJECT"),
                        ),
                        models.Q(
                            ("person__isnull", False),
                            ("project__isnull", True),
                            ("scope", "MEMBER"),
                        ),
                        _connector="OR",
                    ),
                    name="cap_names_whom_it_bounds",
                ),
            ),
            migrations.AddConstraint(
                model_name="capstop",
                constraint=models.UniqueConstraint(
                    fields=("order_id", "part"), name="cap_stop_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="capuse",
                constraint=models.UniqueConstraint(
                    fields=("cap", "starts_on"), name="cap_use_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="capuse",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("used_minor__gte", 0), ("used_minor__lte", models.F("limit_minor"))
                    ),
                    name="cap_use_within_its_limit",
                ),
            ),
            migrations.AddConstraint(
                model_name="capuse",
                constraint=models.CheckConstraint(
                    condition=models.Q(("told_percent__in", [0, 50, 80, 100])),
                    name="cap_use_told_of_steps",
                ),
            ),
            migrations.AddConstraint(
                model_name="captake",
                constraint=models.UniqueConstraint(
                    fields=("order_id", "part", "cap_id"), name="cap_take_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="captake",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0),
                        ("returned_minor__gte", 0),
                        ("returned_minor__lte", models.F("amount_minor")),
                    ),
                    name="cap_take_returns_what_it_took",
                ),
            ),
            *functions(
                "marketplace.budgets",
                "budgets_bounds",
                "budgets_take",
                "budgets_lock",
                "budgets_keep",
                "budgets_count",
                "budgets_bind",
            ),
            script("marketplace.budgets", "walls.sql", reverse="walls_gone.sql"),
            protect("budgets_cap", visible=owned_by("organization_id")),
            protect("budgets_capuse", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("budgets_captake", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("budgets_capstop", visible=owned_by("organization_id"), writable=IS_PLATFORM),
        ]
    )
