"""What was charged and what was traded: the tables."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import common.ids
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("metering", "0001_initial"),
        ("settlement", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="TradeRecord",
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
                    (
                        "kind",
                        models.CharField(
                            choices=[("TRADE", "Trade"), ("CORRECTION", "Correction")],
                            max_length=10,
                        ),
                    ),
                    ("corrects_number", models.CharField(blank=True, max_length=24)),
                    ("contract_number", models.CharField(max_length=24)),
                    ("order_number", models.CharField(max_length=24)),
                    ("buyer_uscc", models.CharField(max_length=18)),
                    ("buyer_name", models.CharField(max_length=120)),
                    ("provider_uscc", models.CharField(max_length=18)),
                    ("provider_name", models.CharField(max_length=120)),
                    ("identifier", models.CharField(max_length=96)),
                    ("resource_class", models.CharField(max_length=8)),
                    ("region", models.CharField(max_length=6)),
                    (
                        "relation",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="how the parties are not strangers; such trades enter no statistics",
                            max_length=11,
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("unit", models.CharField(max_length=24)),
                    ("quantity", models.DecimalField(decimal_places=12, max_digits=38)),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "beyond_quantity",
                        models.DecimalField(
                            decimal_places=12,
                            default=0,
                            help_text="measured, and not ordered",
                            max_digits=38,
                        ),
                    ),
                    ("gross_minor", models.BigIntegerField()),
                    ("voucher_minor", models.BigIntegerField()),
                    ("cash_minor", models.BigIntegerField()),
                    ("fee_minor", models.BigIntegerField()),
                    (
                        "assets",
                        models.TextField(blank=True, help_text="what was paid in each asset"),
                    ),
                    ("plan", models.CharField(max_length=80)),
                    ("rule", models.CharField(max_length=80)),
                    ("fee_rule", models.CharField(max_length=24)),
                    ("traded_at", models.DateTimeField()),
                    ("content_hash", models.CharField(max_length=64)),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "contract",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="trade_records",
                            to="settlement.contract",
                        ),
                    ),
                    (
                        "corrects",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="corrections",
                            to="settlement.traderecord",
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
                        models.Index(fields=["buyer", "-sequence"], name="trade_of_buyer"),
                        models.Index(fields=["provider", "-sequence"], name="trade_of_provider"),
                        models.Index(fields=["traded_at", "sequence"], name="trade_by_time"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "gross_minor",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("voucher_minor"), "+", models.F("cash_minor")
                                    ),
                                )
                            ),
                            name="trade_gross_is_paid",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("beyond_quantity__lte", Decimal(100000000000000000000000000)),
                                ("quantity__lte", Decimal(100000000000000000000000000)),
                            ),
                            name="trade_quantities_are_numbers",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("kind", "CORRECTION"),
                                models.Q(
                                    ("beyond_quantity__gte", 0),
                                    ("quantity__gte", 0),
                                    ("cash_minor__gte", 0),
                                    ("gross_minor__gte", 0),
                                    ("voucher_minor__gte", 0),
                                    ("fee_minor__gte", 0),
                                    ("fee_minor__lte", models.F("gross_minor")),
                                ),
                                _connector="OR",
                            ),
                            name="trade_is_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("corrects__isnull", True),
                                    ("corrects_number", ""),
                                    ("kind", "TRADE"),
                                ),
                                models.Q(("corrects__isnull", False), ("kind", "CORRECTION")),
                                _connector="OR",
                            ),
                            name="trade_correction_names_its_original",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("kind", "TRADE")),
                            fields=("contract",),
                            name="contract_trades_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Charge",
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
                        "kind",
                        models.CharField(
                            choices=[("USAGE", "Usage"), ("CORRECTION", "Correction")],
                            max_length=10,
                        ),
                    ),
                    ("revision", models.PositiveIntegerField()),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("unit", models.CharField(max_length=24)),
                    ("quantity", models.DecimalField(decimal_places=12, max_digits=38)),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "measured_quantity",
                        models.DecimalField(
                            decimal_places=12,
                            help_text="what the usage record says as a whole",
                            max_digits=38,
                        ),
                    ),
                    (
                        "measured_standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "beyond_quantity",
                        models.DecimalField(
                            decimal_places=12,
                            default=0,
                            help_text="of what it adds, not ordered",
                            max_digits=38,
                        ),
                    ),
                    (
                        "beyond_standard_hours",
                        models.DecimalField(decimal_places=12, default=0, max_digits=38, null=True),
                    ),
                    (
                        "total_quantity",
                        models.DecimalField(
                            decimal_places=12,
                            help_text="of the contract, after this charge",
                            max_digits=38,
                        ),
                    ),
                    (
                        "total_standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    ("lines", models.JSONField(help_text="how the plan prices the quantity")),
                    ("parts", models.JSONField(help_text="minor units by asset")),
                    ("rated_minor", models.BigIntegerField()),
                    ("gross_minor", models.BigIntegerField()),
                    ("voucher_minor", models.BigIntegerField()),
                    ("cash_minor", models.BigIntegerField()),
                    ("uncollected_minor", models.BigIntegerField()),
                    ("fee_minor", models.BigIntegerField()),
                    (
                        "remark",
                        models.CharField(
                            blank=True, help_text="why less was collected", max_length=40
                        ),
                    ),
                    ("ledger_group", models.UUIDField(blank=True, null=True)),
                    ("content_hash", models.CharField(max_length=64)),
                    ("charged_at", models.DateTimeField()),
                    (
                        "buyer",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "corrects",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="corrections",
                            to="settlement.charge",
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
                        "usage",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.usagerecord",
                        ),
                    ),
                    (
                        "contract",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="charges",
                            to="settlement.contract",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["buyer", "-id"], name="charge_of_buyer"),
                        models.Index(fields=["provider", "-id"], name="charge_of_provider"),
                        models.Index(fields=["charged_at", "id"], name="charge_by_time"),
                        models.Index(fields=["contract", "starts_at"], name="charge_of_window"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("contract", "usage"), name="usage_is_charged_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "gross_minor",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("voucher_minor"), "+", models.F("cash_minor")
                                    ),
                                ),
                                (
                                    "rated_minor",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("gross_minor"), "+", models.F("uncollected_minor")
                                    ),
                                ),
                            ),
                            name="charge_adds_up",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("measured_quantity__gte", 0),
                                ("revision__gt", 0),
                                ("total_quantity__gte", 0),
                                ("ends_at__gt", models.F("starts_at")),
                            ),
                            name="charge_quantities_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("measured_quantity__lte", Decimal(100000000000000000000000000)),
                                ("total_quantity__lte", Decimal(100000000000000000000000000)),
                                ("beyond_quantity__lte", Decimal(100000000000000000000000000)),
                                ("quantity__lte", Decimal(100000000000000000000000000)),
                            ),
                            name="charge_quantities_are_numbers",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["USAGE", "CORRECTION"])),
                            name="charge_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("corrects__isnull", True), ("kind", "USAGE")),
                                models.Q(("corrects__isnull", False), ("kind", "CORRECTION")),
                                _connector="OR",
                            ),
                            name="correction_names_its_original",
                        ),
                    ],
                },
            ),
        ]
    )
