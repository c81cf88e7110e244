"""The ledger: its tables, the functions and triggers that keep its rules, its log and its walls.

Django knows the models' state; the database gets the files under `ledger/sql/`."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("common", "0001_initial"),
    ]

    operations = bounded(
        [
            script("ledger", "tables.sql", reverse="gone.sql"),
            script("ledger", "seal.sql"),
            # Rules, and what posting does.
            *functions(
                "ledger",
                "ledger_refuse",
                "ledger_short",
                "ledger_broken_rule",
                "ledger_deny_by_hand",
                "ledger_number_account",
                "ledger_open_balances",
                "ledger_close_period",
                "ledger_take_transfers",
                "ledger_fold_deltas",
                "ledger_explain_refusal",
            ),
            # The doors that the application posts through.
            *functions(
                "ledger",
                "ledger_post_batch",
                "ledger_post_one",
                "ledger_numbers",
                "ledger_lock_ahead",
            ),
            # The log.
            *functions(
                "ledger",
                "ledger_moment",
                "ledger_define",
                "ledger_grow_tile",
                "ledger_advance_checkpoint",
                "ledger_entries",
                "ledger_newer_than_pages",
            ),
            # Partitions by the month.
            *functions(
                "ledger",
                "ledger_first_id_of",
                "ledger_add_transfer_partition",
                "ledger_add_tile_partition",
                "ledger_make_partitions",
            ),
            script("ledger", "triggers.sql", reverse="triggers_gone.sql"),
            script("ledger", "months.sql"),
            script("ledger", "walls.sql"),
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.CreateModel(
                        name="Account",
                        fields=[
                            ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                            ("code", models.CharField(max_length=200, unique=True)),
                            ("owner_id", models.UUIDField(null=True)),
                            (
                                "opened_at",
                                models.DateTimeField(
                                    db_default=django.db.models.functions.datetime.Now()
                                ),
                            ),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Asset",
                        fields=[
                            ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                            ("code", models.CharField(max_length=64, unique=True)),
                            ("scale", models.SmallIntegerField(help_text="digits after the point")),
                            ("asset_class", models.CharField(max_length=16)),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Kind",
                        fields=[
                            ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                            ("name", models.CharField(max_length=64, unique=True)),
                            ("rule", models.CharField(max_length=1)),
                            ("deferred", models.BooleanField(default=False)),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Period",
                        fields=[
                            ("id", models.AutoField(primary_key=True, serialize=False)),
                            ("starts_at", models.DateTimeField(unique=True)),
                            ("ends_at", models.DateTimeField()),
                            (
                                "closed_at",
                                models.DateTimeField(
                                    db_default=django.db.models.functions.datetime.Now()
                                ),
                            ),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Reason",
                        fields=[
                            ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                            ("name", models.CharField(max_length=64, unique=True)),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Reversal",
                        fields=[
                            ("transfer_id", models.UUIDField(primary_key=True, serialize=False)),
                            ("reversed_by", models.UUIDField()),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Balance",
                        fields=[
                            (
                                "account",
                                models.OneToOneField(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    primary_key=True,
                                    related_name="+",
                                    serialize=False,
                                    to="ledger.account",
                                ),
                            ),
                            ("debits_posted", models.BigIntegerField(default=0)),
                            ("credits_posted", models.BigIntegerField(default=0)),
                            ("debits_pending", models.BigIntegerField(default=0)),
                            ("credits_pending", models.BigIntegerField(default=0)),
                            ("version", models.BigIntegerField(default=0)),
                            ("rule", models.CharField(max_length=1)),
                            ("deferred", models.BooleanField()),
                        ],
                    ),
                    migrations.AddField(
                        model_name="account",
                        name="asset",
                        field=models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="ledger.asset",
                        ),
                    ),
                    migrations.CreateModel(
                        name="BalanceDelta",
                        fields=[
                            ("id", models.BigAutoField(primary_key=True, serialize=False)),
                            ("debits_posted", models.BigIntegerField()),
                            ("credits_posted", models.BigIntegerField()),
                            ("debits_pending", models.BigIntegerField()),
                            ("credits_pending", models.BigIntegerField()),
                            (
                                "account",
                                models.ForeignKey(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.account",
                                ),
                            ),
                        ],
                        options={
                            "db_table": "ledger_balance_delta",
                        },
                    ),
                    migrations.CreateModel(
                        name="Hold",
                        fields=[
                            ("id", models.UUIDField(primary_key=True, serialize=False)),
                            ("amount", models.BigIntegerField()),
                            ("expires_at", models.DateTimeField(null=True)),
                            ("resolved_by", models.UUIDField(null=True)),
                            (
                                "credit",
                                models.ForeignKey(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.account",
                                ),
                            ),
                            (
                                "debit",
                                models.ForeignKey(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.account",
                                ),
                            ),
                        ],
                    ),
                    migrations.AddField(
                        model_name="account",
                        name="kind",
                        field=models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="ledger.kind",
                        ),
                    ),
                    migrations.CreateModel(
                        name="Flow",
                        fields=[
                            ("id", models.AutoField(primary_key=True, serialize=False)),
                            ("asset_class", models.CharField(max_length=16, null=True)),
                            (
                                "asset",
                                models.ForeignKey(
                                    null=True,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.asset",
                                ),
                            ),
                            (
                                "credit_kind",
                                models.ForeignKey(
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.kind",
                                ),
                            ),
                            (
                                "debit_kind",
                                models.ForeignKey(
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.kind",
                                ),
                            ),
                            (
                                "reason",
                                models.ForeignKey(
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.reason",
                                ),
                            ),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Transfer",
                        fields=[
                            ("id", models.UUIDField(primary_key=True, serialize=False)),
                            (
                                "recorded_at",
                                models.DateTimeField(
                                    db_default=django.db.models.functions.datetime.Now()
                                ),
                            ),
                            (
                                "effective_at",
                                models.DateTimeField(
                                    db_default=django.db.models.functions.datetime.Now()
                                ),
                            ),
                            ("amount", models.BigIntegerField()),
                            ("op", models.SmallIntegerField(default=0)),
                            ("hold_id", models.UUIDField(null=True)),
                            ("reverses_id", models.UUIDField(null=True)),
                            ("group_id", models.UUIDField(null=True)),
                            ("expires_at", models.DateTimeField(null=True)),
                            ("meta", models.JSONField(null=True)),
                            ("reference", models.CharField(blank=True, default="", max_length=200)),
                            (
                                "credit",
                                models.ForeignKey(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.account",
                                ),
                            ),
                            (
                                "debit",
                                models.ForeignKey(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.account",
                                ),
                            ),
                            (
                                "reason",
                                models.ForeignKey(
                                    db_constraint=False,
                                    on_delete=django.db.models.deletion.PROTECT,
                                    related_name="+",
                                    to="ledger.reason",
                                ),
                            ),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Definition",
                        fields=[
                            ("id", models.UUIDField(primary_key=True, serialize=False)),
                            ("line", models.TextField()),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Key",
                        fields=[
                            ("id", models.AutoField(primary_key=True, serialize=False)),
                            ("name", models.CharField(max_length=100)),
                            ("public_key", models.BinaryField(unique=True)),
                            (
                                "added_at",
                                models.DateTimeField(
                                    db_default=django.db.models.functions.datetime.Now()
                                ),
                            ),
                        ],
                    ),
                    migrations.CreateModel(
                        name="Checkpoint",
                        fields=[
                            ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                            ("root", models.BinaryField()),
                            ("note", models.TextField()),
                            (
                                "sealed_at",
                                models.DateTimeField(
                                    db_default=django.db.models.functions.datetime.Now()
                                ),
                            ),
                        ],
                    ),
                ],
            ),
        ]
    )
