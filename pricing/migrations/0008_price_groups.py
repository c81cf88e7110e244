"""Buyers are entered into price groups of a provider, dated and with notice."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0024_codes_are_renamed"),
        ("pricing", "0007_plans_say_terms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="PriceGroupEntry",
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
                        "about",
                        models.BigIntegerField(
                            default=0,
                            editable=False,
                            help_text="whom it is about, as a number: set by the database",
                        ),
                    ),
                    (
                        "project_code",
                        models.CharField(
                            blank=True,
                            help_text="of the buyer's own; empty: all that it orders",
                            max_length=20,
                        ),
                    ),
                    (
                        "price_group",
                        models.CharField(
                            choices=[
                                ("inside", "Inside"),
                                ("partner", "Partner"),
                                ("outside", "Outside"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("reason", models.CharField(max_length=200)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField(null=True)),
                    ("recorded_at", models.DateTimeField()),
                    (
                        "buyer",
                        models.ForeignKey(
                            help_text="none: whoever is related to the provider",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                        "recorded_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["provider", "-id"], name="price_group_of_provider"),
                        models.Index(fields=["buyer", "-id"], name="price_group_of_buyer"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("price_group__in", ["inside", "partner", "outside"])
                            ),
                            name="price_group_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("ends_at__isnull", True),
                                ("ends_at__gt", models.F("starts_at")),
                                _connector="OR",
                            ),
                            name="price_group_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("reason", ""), _negated=True),
                                models.Q(
                                    ("buyer__isnull", True),
                                    models.Q(("buyer", models.F("provider")), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            name="price_group_is_for_another",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("project_code", ""), ("buyer__isnull", False), _connector="OR"
                            ),
                            name="price_group_project_has_a_buyer",
                        ),
                        django.contrib.postgres.constraints.ExclusionConstraint(
                            expressions=[
                                (
                                    models.Func(
                                        models.F("about"),
                                        models.F("about"),
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
                            name="price_groups_never_overlap",
                        ),
                    ],
                },
            ),
            protect(
                "pricing_pricegroupentry",
                visible=owned_by("provider_id", "buyer_id"),
                writable=owned_by("provider_id"),
            ),
            *functions("pricing", "pricing_group_keeps", "pricing_group_of"),
            script("pricing", "group_triggers.sql"),
        ]
    )
