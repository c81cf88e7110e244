"""The finance desk: events of the gateway, statements of the bank, and what differs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("payments", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BankStatement",
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
                    ("form", models.CharField(max_length=10)),
                    ("file_name", models.CharField(max_length=200)),
                    ("file_hash", models.CharField(max_length=64, unique=True)),
                    ("account", models.CharField(blank=True, max_length=64)),
                    ("opening_minor", models.BigIntegerField(null=True)),
                    ("closing_minor", models.BigIntegerField(null=True)),
                    ("lines_count", models.IntegerField()),
                    ("new_count", models.IntegerField()),
                    ("matched_count", models.IntegerField()),
                    ("imported_at", models.DateTimeField()),
                    (
                        "imported_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="GatewayEvent",
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
                    ("event_id", models.CharField(max_length=120, unique=True)),
                    ("name", models.CharField(max_length=80)),
                    ("body", models.BinaryField()),
                    (
                        "outcome",
                        models.CharField(
                            choices=[
                                ("APPLIED", "Applied"),
                                ("KNOWN", "Known already"),
                                ("IGNORED", "Nothing to do"),
                                ("DIFFERENT", "A difference"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("received_at", models.DateTimeField()),
                    (
                        "movement",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="payments.movement",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="BankLine",
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
                    ("line", models.IntegerField()),
                    ("identity", models.CharField(max_length=64, unique=True)),
                    ("amount_minor", models.BigIntegerField()),
                    ("booked_on", models.DateField()),
                    ("reference", models.CharField(blank=True, max_length=120)),
                    ("text", models.CharField(blank=True, max_length=500)),
                    ("party", models.CharField(blank=True, max_length=200)),
                    ("party_account", models.CharField(blank=True, max_length=64)),
                    (
                        "state",
                        models.CharField(
                            choices=[("UNMATCHED", "To match"), ("MATCHED", "Matched")],
                            default="UNMATCHED",
                            max_length=10,
                        ),
                    ),
                    ("rule", models.CharField(blank=True, max_length=20)),
                    ("found_at", models.DateTimeField()),
                    ("matched_at", models.DateTimeField(null=True)),
                    (
                        "movement",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="payments.movement",
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "statement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="lines",
                            to="payments.bankstatement",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "UNMATCHED")),
                            fields=["booked_on", "id"],
                            name="line_is_unmatched",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("amount_minor", 0), _negated=True),
                            name="line_moves_something",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("matched_at", None), ("movement", None), ("state", "UNMATCHED")
                                ),
                                models.Q(("matched_at__isnull", False), ("state", "MATCHED")),
                                _connector="OR",
                            ),
                            name="line_is_matched_to_something",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="MoneyDifference",
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
                    ("key", models.CharField(max_length=200, unique=True)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("UNKNOWN_HERE", "Known there, not here"),
                                ("UNKNOWN_THERE", "Known here, not there"),
                                ("AMOUNT", "Another amount or currency"),
                                ("FOREIGN", "Another account or mode"),
                                ("LATE", "Nobody told of it"),
                                ("STATE", "Another state"),
                                ("DISPUTED", "Contested by the payer"),
                                ("TO_BANK", "On its way to the bank"),
                                ("CLEARING", "Clearing does not add up"),
                                ("LINE", "Unmatched for more than a day"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "channel",
                        models.CharField(
                            choices=[("STRIPE", "Card or wallet"), ("BANK", "Bank transfer")],
                            max_length=10,
                        ),
                    ),
                    ("reference", models.CharField(blank=True, max_length=120)),
                    ("ours_minor", models.BigIntegerField(null=True)),
                    ("theirs_minor", models.BigIntegerField(null=True)),
                    ("found_at", models.DateTimeField()),
                    ("settled_at", models.DateTimeField(null=True)),
                    ("resolution", models.CharField(blank=True, max_length=500)),
                    (
                        "movement",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="payments.movement",
                        ),
                    ),
                    (
                        "owner",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "settled_by",
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
                        models.Index(
                            condition=models.Q(("settled_at", None)),
                            fields=["found_at", "id"],
                            name="difference_is_open",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("settled_at", None),
                                models.Q(("resolution", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="difference_is_settled_in_words",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Reconciliation",
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
                    ("asked_at", models.DateTimeField()),
                    ("since", models.DateTimeField()),
                    ("due_at", models.DateTimeField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("looked", models.IntegerField(default=0)),
                    ("found", models.IntegerField(default=0)),
                    ("failure", models.CharField(blank=True, max_length=60)),
                    (
                        "asked_by",
                        models.ForeignKey(
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
                            condition=models.Q(
                                models.Q(("due_at__isnull", False), ("ended_at", None)),
                                models.Q(("due_at", None), ("ended_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="reconciliation_is_due_or_over",
                        )
                    ],
                },
            ),
            *functions("marketplace.payments", "payments_line_keeps", "payments_refund_as_agreed"),
            script("marketplace.payments", "desk.sql", reverse="desk_gone.sql"),
            append_only("payments_gatewayevent"),
            append_only("payments_bankstatement"),
            *(
                protect(f"payments_{table}", visible=IS_PLATFORM)
                for table in (
                    "gatewayevent",
                    "bankstatement",
                    "bankline",
                    "moneydifference",
                    "reconciliation",
                )
            ),
        ]
    )
