"""Orders, the rounds that clear them, imports and deposits: the tables."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import common.checks
import common.ids
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_initial"),
        ("identity", "0001_initial"),
        ("vouchers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            *functions(
                "marketplace.orders",
                "orders_lines_are_sound",
                "orders_chips_are_sound",
                "orders_vouchers_are_sound",
                "orders_order_keeps_its_wish",
                "orders_price_is_promised",
            ),
            script("marketplace.orders", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="ImportRun",
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
                        "source",
                        models.CharField(
                            help_text="whose file it is: part of every key", max_length=120
                        ),
                    ),
                    ("file_name", models.CharField(max_length=255)),
                    ("content_hash", models.CharField(max_length=64)),
                    ("usage_format", models.CharField(max_length=20)),
                    ("zone", models.CharField(help_text="of times that name none", max_length=64)),
                    (
                        "requested_by",
                        models.CharField(help_text="the login that ran the command", max_length=80),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("RUNNING", "Running"),
                                ("FINISHED", "Finished"),
                                ("INCOMPLETE", "Incomplete"),
                            ],
                            default="RUNNING",
                            max_length=10,
                        ),
                    ),
                    ("counts", models.JSONField(default=dict)),
                    ("started_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "RUNNING")),
                            fields=["id"],
                            name="import_running",
                        ),
                        models.Index(
                            fields=["organization", "source", "-id"], name="import_by_source"
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["RUNNING", "FINISHED", "INCOMPLETE"])
                            ),
                            name="import_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state", "RUNNING"),
                                ("finished_at__isnull", False),
                                _connector="XOR",
                            ),
                            name="import_finished_has_time",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ClearingRound",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    ("rule_version", models.CharField(max_length=20)),
                    ("seed", models.CharField(max_length=64)),
                    ("snapshot", models.JSONField()),
                    ("input_hash", models.CharField(max_length=64)),
                    ("result", models.JSONField()),
                    ("output_hash", models.CharField(max_length=64)),
                    ("late_refusals", models.JSONField(default=list)),
                    ("order_count", models.PositiveIntegerField()),
                    ("cleared_count", models.PositiveIntegerField()),
                    ("rejected_count", models.PositiveIntegerField()),
                    (
                        "steps",
                        models.JSONField(
                            help_text="[{step, microseconds}] in the order of the steps"
                        ),
                    ),
                    ("started_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField()),
                    (
                        "book",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.book",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["book", "-id"], name="round_by_book")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "order_count",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("cleared_count"), "+", models.F("rejected_count")
                                    ),
                                )
                            ),
                            name="round_counts_every_order",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Order",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "key",
                        models.CharField(
                            help_text="the buyer's own name for the order", max_length=255
                        ),
                    ),
                    ("chips", models.JSONField(default=list)),
                    ("quote_id", models.UUIDField(null=True)),
                    ("units_milli", models.BigIntegerField()),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("use_vouchers", models.BooleanField(default=True)),
                    ("voucher_ids", models.JSONField(default=list)),
                    ("plan_version_id", models.UUIDField(null=True)),
                    ("rule_version_id", models.UUIDField(null=True)),
                    ("lines", models.JSONField(null=True)),
                    (
                        "unit_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    ("gross_minor", models.BigIntegerField(null=True)),
                    ("voucher_minor", models.BigIntegerField(null=True)),
                    ("cash_minor", models.BigIntegerField(null=True)),
                    ("cash_hold_id", models.UUIDField(null=True, unique=True)),
                    (
                        "relation",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("OWN", "Own listing"),
                                ("RELATED", "Related by control or shareholding"),
                                ("SAME_PERSON", "One person acts for both"),
                            ],
                            db_default="",
                            default="",
                            help_text="how buyer and provider are not strangers, frozen when it cleared",
                            max_length=11,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PLACED", "Placed"),
                                ("CLEARED", "Cleared"),
                                ("SETTLED", "Settled"),
                                ("REJECTED", "Rejected"),
                                ("CANCELLED", "Cancelled"),
                            ],
                            default="PLACED",
                            max_length=9,
                        ),
                    ),
                    ("refusal_code", models.CharField(blank=True, max_length=40)),
                    (
                        "position",
                        models.PositiveIntegerField(
                            help_text="its turn in the round, from 1", null=True
                        ),
                    ),
                    ("placed_at", models.DateTimeField()),
                    ("cleared_at", models.DateTimeField(null=True)),
                    (
                        "closed_at",
                        models.DateTimeField(
                            help_text="when it was settled, rejected or cancelled", null=True
                        ),
                    ),
                    (
                        "book",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.book",
                        ),
                    ),
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
                        "listing",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "round",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="orders",
                            to="orders.clearinground",
                        ),
                    ),
                    (
                        "wanted_listing",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "import_run",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="orders.importrun",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(
                                ("state", "PLACED"),
                                ("review_code", ""),
                                ("import_run__isnull", True),
                            ),
                            fields=["book", "placed_at", "id"],
                            name="order_due_by_book",
                        ),
                        models.Index(
                            condition=models.Q(("review_code", ""), _negated=True),
                            fields=["review_since"],
                            name="order_needs_review",
                        ),
                        models.Index(
                            condition=models.Q(("import_run__isnull", False)),
                            fields=["import_run", "id"],
                            name="order_by_import",
                        ),
                        models.Index(fields=["buyer", "-id"], name="order_by_buyer"),
                        models.Index(fields=["provider", "-id"], name="order_by_provider"),
                        models.Index(fields=["state", "-id"], name="order_by_state"),
                        models.Index(
                            condition=models.Q(("state", "CLEARED")),
                            fields=["id"],
                            name="order_cleared",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("buyer", "key"), name="order_key_once"),
                        models.CheckConstraint(
                            condition=models.Q(("units_milli__gt", 0)),
                            name="order_units_are_positive",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("units_milli__lte", 1000000000)),
                            name="order_units_are_bounded",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="order_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "ends_at__lte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("starts_at"),
                                        "+",
                                        models.Value(datetime.timedelta(days=366)),
                                    ),
                                )
                            ),
                            name="order_length_is_bounded",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("gross_minor__isnull", True),
                                ("gross_minor__gte", 0),
                                _connector="OR",
                            ),
                            name="order_price_is_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("lines__isnull", True),
                                common.checks.Sound(
                                    models.F("lines"),
                                    models.F("gross_minor"),
                                    function="orders_lines_are_sound",
                                ),
                                _connector="OR",
                            ),
                            name="order_lines_are_sound",
                        ),
                        models.CheckConstraint(
                            condition=common.checks.Sound(
                                models.F("chips"),
                                models.Value(16),
                                function="orders_chips_are_sound",
                            ),
                            name="order_chips_are_sound",
                        ),
                        models.CheckConstraint(
                            condition=common.checks.Sound(
                                models.F("voucher_ids"),
                                models.Value(20),
                                function="orders_vouchers_are_sound",
                            ),
                            name="order_vouchers_are_sound",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("wanted_listing__isnull", True),
                                models.Q(
                                    ("gross_minor__isnull", False),
                                    ("lines__isnull", False),
                                    ("plan_version_id__isnull", False),
                                    ("rule_version_id__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="order_named_is_priced",
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
                            name="order_reviewed_since",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "state__in",
                                    ["PLACED", "CLEARED", "SETTLED", "REJECTED", "CANCELLED"],
                                )
                            ),
                            name="order_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state__in", ["CLEARED", "SETTLED"]), _negated=True),
                                models.Q(
                                    ("listing__isnull", False),
                                    ("provider__isnull", False),
                                    ("round__isnull", False),
                                    ("cleared_at__isnull", False),
                                    (
                                        "gross_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("voucher_minor"), "+", models.F("cash_minor")
                                        ),
                                    ),
                                    ("cash_minor__gte", 0),
                                    ("gross_minor__gte", 0),
                                    ("voucher_minor__gte", 0),
                                ),
                                _connector="OR",
                            ),
                            name="order_cleared_is_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("refusal_code__gt", ""), ("state", "REJECTED")),
                                models.Q(
                                    models.Q(("state", "REJECTED"), _negated=True),
                                    ("refusal_code", ""),
                                ),
                                _connector="OR",
                            ),
                            name="order_rejected_has_reason",
                        ),
                    ],
                },
            ),
        ]
    )
