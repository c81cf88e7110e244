"""Orders keep to prices that their book allows, and organisations to a pace."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_prices_have_a_collar"),
        ("identity", "0004_access_requests"),
        ("orders", "0010_rounds_name_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="OrderPace",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "act",
                        models.CharField(
                            choices=[("PLACED", "Placed"), ("CANCELLED", "Cancelled")], max_length=9
                        ),
                    ),
                    ("free_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("organization", "act"), name="pace_once"),
                        models.CheckConstraint(
                            condition=models.Q(("act__in", ["PLACED", "CANCELLED"])),
                            name="pace_act_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="OrderRate",
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
                    ("placed_per_minute", models.PositiveIntegerField()),
                    ("cancelled_per_minute", models.PositiveIntegerField()),
                    ("reason", models.CharField(max_length=500)),
                    ("set_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
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
                options={
                    "indexes": [
                        models.Index(fields=["organization", "-id"], name="rate_of_organization")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("cancelled_per_minute__range", (1, 1000000)),
                                ("placed_per_minute__range", (1, 1000000)),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            name="rate_is_a_rate",
                        )
                    ],
                },
            ),
            *functions("marketplace.orders", "orders_take_pace", "orders_price_in_collar"),
            script("marketplace.orders", "collar_triggers.sql", reverse="collar_triggers_gone.sql"),
            append_only("orders_orderrate"),
            protect("orders_orderrate", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("orders_orderpace", visible=owned_by("organization_id")),
        ]
    )
