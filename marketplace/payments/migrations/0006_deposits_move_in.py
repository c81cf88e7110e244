"""Deposits are kept here; their table stands as it did, with its triggers and its walls."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0008_hardware_serials"),
        ("orders", "0016_deposits_move_out"),
        ("payments", "0005_payouts_by_the_gateway"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.SeparateDatabaseAndState(
                state_operations=[
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
                                "proposal",
                                models.OneToOneField(
                                    null=True,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="approvals.proposal",
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
                            "db_table": "orders_deposit",
                            "constraints": [
                                models.CheckConstraint(
                                    condition=models.Q(("amount_minor__gt", 0)),
                                    name="deposit_is_positive",
                                ),
                                models.CheckConstraint(
                                    condition=models.Q(
                                        models.Q(("confirmed_by", None), ("proposal", None)),
                                        models.Q(
                                            ("confirmed_by__isnull", False),
                                            ("proposal__isnull", False),
                                        ),
                                        _connector="OR",
                                    ),
                                    name="deposit_confirmed_as_proposed",
                                ),
                                models.CheckConstraint(
                                    condition=models.Q(
                                        ("confirmed_by__isnull", True),
                                        models.Q(
                                            ("confirmed_by", models.F("recorded_by")), _negated=True
                                        ),
                                        _connector="OR",
                                    ),
                                    name="deposit_confirmed_by_another",
                                ),
                            ],
                        },
                    ),
                ]
            )
        ]
    )
