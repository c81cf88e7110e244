"""What orders promise, and who sees what."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("orders", "0001_initial"),
        ("pricing", "0001_initial"),
    ]

    operations = bounded(
        [
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
                    ]
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
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("amount_minor__gt", 0)), name="deposit_is_positive"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("confirmed_by__isnull", True),
                                models.Q(("confirmed_by", models.F("recorded_by")), _negated=True),
                                _connector="OR",
                            ),
                            name="deposit_confirmed_by_another",
                        ),
                    ]
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
                    (
                        "import_run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rows",
                            to="orders.importrun",
                        ),
                    ),
                ],
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
                options={
                    "indexes": [
                        models.Index(
                            fields=["buyer_id", "entity_year", "programme_code"],
                            name="cover_by_entity_year",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("order", "voucher"), name="order_cover_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("amount_minor__gt", 0),
                                ("base_minor__gte", models.F("amount_minor")),
                            ),
                            name="order_cover_within_base",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("counted_minor__gte", 0),
                                ("counted_minor__lte", models.F("amount_minor")),
                            ),
                            name="order_cover_counts_at_most_its_hold",
                        ),
                    ],
                },
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
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("order", "kind"), name="order_event_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "kind__in",
                                    [
                                        "PLACED",
                                        "VOUCHER_HELD",
                                        "MATCHED",
                                        "CLEARED",
                                        "REFUSED",
                                        "CANCELLED",
                                        "PROVISIONED",
                                        "METERED",
                                        "SETTLED",
                                    ],
                                )
                            ),
                            name="order_event_known",
                        ),
                    ]
                },
            ),
            script("marketplace.orders", "constraints.sql", reverse="constraints_gone.sql"),
            script("marketplace.orders", "triggers.sql", reverse="triggers_gone.sql"),
            # An organisation writes its own wishes; what comes of them is the platform's to write.
            protect(
                "orders_order",
                visible=owned_by("buyer_id", "provider_id"),
                writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR state = 'PLACED')",
            ),
            protect(
                "orders_orderevent",
                visible=owned_by("buyer_id", "provider_id"),
                writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR kind = 'PLACED')",
            ),
            protect(
                "orders_ordercover",
                visible=owned_by("buyer_id", "provider_id"),
                writable=IS_PLATFORM,
            ),
            # A round's snapshot holds what many buyers want and have.
            protect("orders_clearinground", visible=IS_PLATFORM),
            protect("orders_clearingtry", visible=IS_PLATFORM),
            protect("orders_deposit", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("orders_importrun", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("orders_importedrow", visible=IS_PLATFORM),
            script("marketplace.orders", "grants.sql"),
        ]
    )
