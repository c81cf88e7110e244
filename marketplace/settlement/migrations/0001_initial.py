"""Contracts, what they hold, and fees: the tables."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_initial"),
        ("identity", "0001_initial"),
        ("metering", "0001_initial"),
        ("orders", "0001_initial"),
        ("pricing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ChargingCursor",
                fields=[
                    (
                        "id",
                        models.PositiveSmallIntegerField(
                            default=1, primary_key=True, serialize=False
                        ),
                    ),
                    ("sequence", models.BigIntegerField(default=0)),
                    (
                        "run_limit",
                        models.PositiveIntegerField(
                            default=2000, help_text="usage records of a run"
                        ),
                    ),
                    (
                        "unfinished",
                        models.PositiveSmallIntegerField(
                            default=0, help_text="runs of that many that began and did not end"
                        ),
                    ),
                    (
                        "failed",
                        models.PositiveSmallIntegerField(
                            default=0,
                            help_text="runs since the last good one in which every contract failed",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("id", 1)), name="one_charging_cursor"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("run_limit__gt", 0), ("sequence__gte", 0)),
                            name="charging_cursor_moves_on",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="FeeRule",
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
                    ("version", models.PositiveIntegerField(unique=True)),
                    ("rate", models.DecimalField(decimal_places=6, max_digits=9)),
                    ("starts_at", models.DateTimeField(unique=True)),
                    ("source", models.TextField()),
                    ("content_hash", models.CharField(max_length=64, unique=True)),
                    ("published_at", models.DateTimeField()),
                    (
                        "published_by",
                        models.ForeignKey(
                            help_text="empty for the fee that the market is installed with",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("rate__gte", 0), ("rate__lt", 1)),
                            name="fee_rate_is_a_share",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("version", 1), ("published_by__isnull", False), _connector="OR"
                            ),
                            name="fee_is_published_by_somebody",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Contract",
                fields=[
                    (
                        "review_code",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    (
                        "review_detail",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="for operators",
                            max_length=500,
                        ),
                    ),
                    ("review_since", models.DateTimeField(blank=True, null=True)),
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
                    (
                        "unit",
                        models.CharField(
                            help_text="what the rule's metric counts in", max_length=24
                        ),
                    ),
                    (
                        "relation",
                        models.CharField(blank=True, db_default="", default="", max_length=11),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    (
                        "settles_at",
                        models.DateTimeField(help_text="when the last window must have closed"),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[("ACTIVE", "Active"), ("SETTLED", "Settled")],
                            default="ACTIVE",
                            max_length=8,
                        ),
                    ),
                    (
                        "watermark",
                        models.BigIntegerField(
                            default=0, help_text="the last usage that was charged"
                        ),
                    ),
                    (
                        "is_behind",
                        models.BooleanField(
                            default=True,
                            help_text="usage before the charging cursor may be uncharged",
                        ),
                    ),
                    (
                        "refusal_code",
                        models.CharField(
                            blank=True, help_text="why charging is stuck", max_length=40
                        ),
                    ),
                    ("quantity", models.DecimalField(decimal_places=12, default=0, max_digits=38)),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, default=0, max_digits=38, null=True),
                    ),
                    ("rated_minor", models.BigIntegerField(default=0)),
                    ("gross_minor", models.BigIntegerField(default=0)),
                    ("voucher_minor", models.BigIntegerField(default=0)),
                    ("cash_minor", models.BigIntegerField(default=0)),
                    ("fee_minor", models.BigIntegerField(default=0)),
                    (
                        "beyond_quantity",
                        models.DecimalField(
                            decimal_places=12,
                            default=0,
                            help_text="measured, and not ordered",
                            max_digits=38,
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("settled_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "buyer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
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
                        "plan_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="pricing.rateplanversion",
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
                        "fee_rule",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="settlement.feerule",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "ACTIVE"), ("review_code", "")),
                            fields=["settles_at", "id"],
                            name="contract_due",
                        ),
                        models.Index(
                            condition=models.Q(("is_behind", True), ("review_code", "")),
                            fields=["id"],
                            name="contract_behind",
                        ),
                        models.Index(
                            condition=models.Q(("review_code", ""), _negated=True),
                            fields=["review_since"],
                            name="contract_set_aside",
                        ),
                        models.Index(fields=["buyer", "-id"], name="contract_of_buyer"),
                        models.Index(fields=["provider", "-id"], name="contract_of_provider"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["ACTIVE", "SETTLED"])),
                            name="contract_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="contract_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "gross_minor",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("voucher_minor"), "+", models.F("cash_minor")
                                    ),
                                )
                            ),
                            name="contract_gross_is_paid",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("cash_minor__gte", 0),
                                ("gross_minor__gte", 0),
                                ("voucher_minor__gte", 0),
                                ("gross_minor__lte", models.F("rated_minor")),
                            ),
                            name="contract_collects_no_more_than_rated",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("fee_minor__gte", 0), ("fee_minor__lte", models.F("gross_minor"))
                            ),
                            name="contract_fee_within_gross",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("beyond_quantity__gte", 0),
                                ("quantity__gte", 0),
                                ("watermark__gte", 0),
                            ),
                            name="contract_quantities_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("beyond_quantity__lte", Decimal(100000000000000000000000000)),
                                ("quantity__lte", Decimal(100000000000000000000000000)),
                                models.Q(
                                    ("standard_hours__isnull", True),
                                    ("standard_hours__lte", Decimal(100000000000000000000000000)),
                                    _connector="OR",
                                ),
                            ),
                            name="contract_quantities_are_numbers",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("rated_minor__lte", 100000000000000000)),
                            name="contract_amounts_can_be_told",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("review_code", ""), ("review_since__isnull", True)),
                                models.Q(
                                    models.Q(("review_code", ""), _negated=True),
                                    ("review_since__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="contract_set_aside_has_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state", "SETTLED"), ("settled_at__isnull", True), _connector="XOR"
                            ),
                            name="contract_settled_has_time",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="UnopenedOrder",
                fields=[
                    (
                        "review_code",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    (
                        "review_detail",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="for operators",
                            max_length=500,
                        ),
                    ),
                    ("review_since", models.DateTimeField(blank=True, null=True)),
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="orders.order",
                        ),
                    ),
                    ("order_number", models.CharField(max_length=24)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("review_code", ""), _negated=True),
                                ("review_since__isnull", False),
                            ),
                            name="unopened_for_a_reason",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="ContractFunds",
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
                    ("position", models.PositiveSmallIntegerField()),
                    ("voucher_id", models.UUIDField(blank=True, null=True)),
                    ("asset", models.CharField(max_length=60)),
                    ("debit", models.CharField(help_text="the account that pays", max_length=120)),
                    (
                        "credit",
                        models.CharField(help_text="the account that is paid", max_length=120),
                    ),
                    (
                        "hold_id",
                        models.UUIDField(blank=True, help_text="the ledger's open hold", null=True),
                    ),
                    ("held_minor", models.BigIntegerField()),
                    ("captured_minor", models.BigIntegerField(default=0)),
                    ("returned_minor", models.BigIntegerField(default=0)),
                    ("released_minor", models.BigIntegerField(default=0)),
                    (
                        "contract",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="funds",
                            to="settlement.contract",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("contract", "position"), name="funds_position_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("captured_minor__gte", 0),
                                ("held_minor__gt", 0),
                                ("released_minor__gte", 0),
                                (
                                    "held_minor__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("captured_minor"),
                                            "-",
                                            models.F("returned_minor"),
                                        ),
                                        "+",
                                        models.F("released_minor"),
                                    ),
                                ),
                            ),
                            name="funds_never_beyond_hold",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("returned_minor__gte", 0),
                                ("returned_minor__lte", models.F("captured_minor")),
                            ),
                            name="funds_return_what_was_captured",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("hold_id__isnull", True),
                                (
                                    "held_minor__gt",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("captured_minor"),
                                            "-",
                                            models.F("returned_minor"),
                                        ),
                                        "+",
                                        models.F("released_minor"),
                                    ),
                                ),
                                _connector="XOR",
                            ),
                            name="funds_hold_open_while_money_is_held",
                        ),
                    ]
                },
            ),
            script("marketplace.settlement", "first_fee.sql"),
        ]
    )
