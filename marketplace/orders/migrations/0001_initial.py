"""Orders, the rounds that clear them, imports and deposits: the tables."""

from common.sql_files import bounded, script
from django.conf import settings
from django.db import migrations, models
import common.ids
import django.db.models.deletion


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
            script("marketplace.orders", "sequences.sql", reverse="sequences_gone.sql"),
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
                ],
            ),
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
            ),
            migrations.CreateModel(
                name="ClearingTry",
                fields=[
                    (
                        "book",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="catalog.book",
                        ),
                    ),
                    (
                        "orders",
                        models.PositiveIntegerField(help_text="how many orders a try takes"),
                    ),
                    (
                        "unfinished",
                        models.PositiveSmallIntegerField(help_text="tries of that many that began"),
                    ),
                    (
                        "failed",
                        models.PositiveSmallIntegerField(
                            default=0, help_text="tries that ended with nothing but failures"
                        ),
                    ),
                    ("began_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("orders__gt", 0)), name="clearing_try_takes_orders"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Deposit",
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
                    ("reference", models.CharField(max_length=80, unique=True)),
                    ("amount_minor", models.BigIntegerField()),
                    ("transfer_id", models.UUIDField(unique=True)),
                    ("recorded_at", models.DateTimeField()),
                    (
                        "confirmed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "recorded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="DepositProposal",
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
                    ("amount_minor", models.BigIntegerField()),
                    ("reference", models.CharField(max_length=80)),
                    ("proposed_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PROPOSED", "Waits for a second person"),
                                ("CONFIRMED", "Confirmed"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="PROPOSED",
                            max_length=9,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    (
                        "decided_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "deposit",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="proposal",
                            to="orders.deposit",
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="ImportedRow",
                fields=[
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="imported",
                            serialize=False,
                            to="orders.order",
                        ),
                    ),
                    ("line", models.PositiveIntegerField()),
                    ("content_hash", models.CharField(max_length=64)),
                ],
            ),
            migrations.AddField(
                model_name="order",
                name="round",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="orders",
                    to="orders.clearinground",
                ),
            ),
            migrations.AddField(
                model_name="order",
                name="wanted_listing",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="catalog.listing",
                ),
            ),
            migrations.AddField(
                model_name="order",
                name="import_run",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="orders.importrun",
                ),
            ),
            migrations.CreateModel(
                name="OrderCover",
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
                    ("voucher_number", models.CharField(max_length=24)),
                    ("programme_code", models.CharField(max_length=24)),
                    ("programme_version", models.PositiveIntegerField()),
                    ("hold_id", models.UUIDField(unique=True)),
                    ("amount_minor", models.BigIntegerField()),
                    ("rate", models.DecimalField(decimal_places=9, max_digits=10)),
                    ("base_minor", models.BigIntegerField()),
                    ("limited_by", models.CharField(max_length=16)),
                    ("entity_year", models.PositiveSmallIntegerField()),
                    ("counted_minor", models.BigIntegerField()),
                    (
                        "order",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="covers",
                            to="orders.order",
                        ),
                    ),
                    (
                        "voucher",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.voucher",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="OrderEvent",
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
                    ("provider_id", models.UUIDField(null=True)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("PLACED", "Placed"),
                                ("VOUCHER_HELD", "Voucher held"),
                                ("MATCHED", "Matched"),
                                ("CLEARED", "Cleared"),
                                ("REFUSED", "Rejected"),
                                ("CANCELLED", "Cancelled"),
                                ("PROVISIONED", "Provisioned"),
                                ("METERED", "First use measured"),
                                ("SETTLED", "Settled"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("facts", models.JSONField(default=dict)),
                    (
                        "order",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="orders.order",
                        ),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="importedrow",
                name="import_run",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rows",
                    to="orders.importrun",
                ),
            ),
        ]
    )
