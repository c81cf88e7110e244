"""Running contracts end early as their buyers ask, and orders go on after one another."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_trade_has_guards"),
        ("settlement", "0006_adjustments"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="EarlyEnd",
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
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    ("rule_version", models.CharField(max_length=20)),
                    ("fee_minor", models.BigIntegerField()),
                    ("ended_before", models.DateTimeField(help_text="when it would have ended")),
                    ("ends_at", models.DateTimeField()),
                    ("asked_at", models.DateTimeField()),
                    (
                        "asked_by_id",
                        models.BigIntegerField(
                            help_text="the person; none where a key did", null=True
                        ),
                    ),
                    (
                        "contract",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="early_end",
                            to="settlement.contract",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("ended_before__gt", models.F("ends_at")),
                                ("ends_at__gt", models.F("asked_at")),
                            ),
                            name="early_end_lies_between",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("fee_minor__gte", 0)),
                            name="early_end_fee_is_a_fee",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Extension",
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
                    ("buyer_id", models.UUIDField()),
                    ("asked_at", models.DateTimeField()),
                    (
                        "extends",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.order",
                        ),
                    ),
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.order",
                        ),
                    ),
                ],
            ),
            *functions("marketplace.settlement", "settlement_end_moves_as_asked"),
            script("marketplace.settlement", "ends_move.sql", reverse="ends_move_gone.sql"),
            row_trigger(
                "settlement_contract",
                "contract_end_moves_as_asked",
                when="BEFORE UPDATE OF ends_at, settles_at",
                function="settlement_end_moves_as_asked",
            ),
            append_only("settlement_earlyend"),
            append_only("settlement_extension"),
            protect(
                "settlement_earlyend",
                visible=owned_by("buyer_id", "provider_id"),
                writable=IS_PLATFORM,
            ),
            protect("settlement_extension", visible=owned_by("buyer_id"), writable=IS_PLATFORM),
        ]
    )
