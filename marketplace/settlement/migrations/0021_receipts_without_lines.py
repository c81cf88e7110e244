"""Receipts of what came to nothing, numbered and hashed."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, TENANT, protect
from common.sql_files import append_only, bounded, functions, recorded_now, row_trigger

PARTY = f"{IS_PLATFORM} OR buyer_id::text = {TENANT} OR provider_id::text = {TENANT}"


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0013_what_never_ran"),
        ("identity", "0028_pools_are_asked_for"),
        ("orders", "0022_prices_of_several_things"),
        ("settlement", "0020_ends_are_agreed_on_about_orders"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="EmptyReceipt",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    ("order_number", models.CharField(max_length=24)),
                    ("buyer_uscc", models.CharField(max_length=18)),
                    ("buyer_name", models.CharField(max_length=120)),
                    ("provider_uscc", models.CharField(max_length=18)),
                    ("provider_name", models.CharField(max_length=120)),
                    ("identifier", models.CharField(help_text="of the resource", max_length=96)),
                    ("units_milli", models.BigIntegerField()),
                    ("starts_at", models.DateTimeField(help_text="of the order")),
                    ("ends_at", models.DateTimeField(help_text="of the order")),
                    (
                        "reason",
                        models.CharField(
                            help_text="of the delivery, of its fixed list", max_length=24
                        ),
                    ),
                    ("failed_at", models.DateTimeField(help_text="when it had failed")),
                    ("issued_at", models.DateTimeField()),
                    ("content_hash", models.CharField(max_length=64)),
                    (
                        "recorded_in",
                        models.BigIntegerField(
                            db_default=django.db.models.functions.comparison.Cast(
                                django.db.models.functions.comparison.Cast(
                                    models.Func(function="pg_current_xact_id"), models.TextField()
                                ),
                                models.BigIntegerField(),
                            ),
                            editable=False,
                            help_text="the transaction that recorded it, set by the database",
                        ),
                    ),
                    (
                        "buyer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "delivery",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="fulfilment.computedelivery",
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
                    "indexes": [
                        models.Index(fields=["recorded_in", "id"], name="empty_receipt_in_order")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="empty_receipt_says_why",
                        )
                    ],
                },
            ),
            *functions("marketplace.settlement", "settlement_receipt_of_nothing"),
            row_trigger(
                "settlement_emptyreceipt",
                "receipt_of_nothing",
                when="BEFORE INSERT",
                function="settlement_receipt_of_nothing",
            ),
            append_only("settlement_emptyreceipt"),
            recorded_now("settlement_emptyreceipt"),
            protect("settlement_emptyreceipt", visible=PARTY, writable=IS_PLATFORM),
        ]
    )
