"""
The tables, rules and partitions of the ledger.

Django knows the models' state; the database gets the SQL files beside this migration, which no
later release edits.
"""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"
FILES = ["0001_tables.sql", "0001_triggers.sql", "0001_months.sql", "0001_walls.sql", "0001_post.sql"]
UNDO = """
    DROP FUNCTION ledger_post;
    DROP TABLE ledger_transfer, ledger_reversal, ledger_hold, ledger_balance_delta, ledger_balance,
        ledger_period, ledger_account, ledger_flow, ledger_reason, ledger_kind, ledger_asset CASCADE;
    DROP SEQUENCE ledger_account_serial;
    DROP FUNCTION ledger_make_partitions, ledger_add_transfer_partition, ledger_first_id_of,
        ledger_fold_deltas, ledger_move_balances, ledger_link_transfers, ledger_check_transfers,
        ledger_close_period, ledger_open_balances, ledger_number_account, ledger_refuse,
        ledger_deny_by_hand, ledger_deny;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            sql="".join((SQL / name).read_text() for name in FILES), reverse_sql=UNDO
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Account',
                    fields=[
                        ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('code', models.CharField(max_length=200, unique=True)),
                        ('owner_id', models.UUIDField(null=True)),
                        ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Asset',
                    fields=[
                        ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                        ('code', models.CharField(max_length=64, unique=True)),
                        ('scale', models.SmallIntegerField(help_text='digits after the point')),
                        ('asset_class', models.CharField(max_length=16)),
                    ],
                ),
                migrations.CreateModel(
                    name='Kind',
                    fields=[
                        ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=64, unique=True)),
                        ('rule', models.CharField(max_length=1)),
                        ('deferred', models.BooleanField(default=False)),
                    ],
                ),
                migrations.CreateModel(
                    name='Period',
                    fields=[
                        ('id', models.AutoField(primary_key=True, serialize=False)),
                        ('starts_at', models.DateTimeField(unique=True)),
                        ('ends_at', models.DateTimeField()),
                        ('closed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Reason',
                    fields=[
                        ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=64, unique=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='Reversal',
                    fields=[
                        ('transfer_id', models.UUIDField(primary_key=True, serialize=False)),
                        ('reversed_by', models.UUIDField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Balance',
                    fields=[
                        ('account', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='ledger.account')),
                        ('debits_posted', models.BigIntegerField(default=0)),
                        ('credits_posted', models.BigIntegerField(default=0)),
                        ('debits_pending', models.BigIntegerField(default=0)),
                        ('credits_pending', models.BigIntegerField(default=0)),
                        ('version', models.BigIntegerField(default=0)),
                        ('rule', models.CharField(max_length=1)),
                        ('deferred', models.BooleanField()),
                    ],
                ),
                migrations.AddField(
                    model_name='account',
                    name='asset',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.asset'),
                ),
                migrations.CreateModel(
                    name='BalanceDelta',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('debits_posted', models.BigIntegerField()),
                        ('credits_posted', models.BigIntegerField()),
                        ('debits_pending', models.BigIntegerField()),
                        ('credits_pending', models.BigIntegerField()),
                        ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                    ],
                    options={
                        'db_table': 'ledger_balance_delta',
                    },
                ),
                migrations.CreateModel(
                    name='Hold',
                    fields=[
                        ('id', models.UUIDField(primary_key=True, serialize=False)),
                        ('amount', models.BigIntegerField()),
                        ('expires_at', models.DateTimeField(null=True)),
                        ('resolved_by', models.UUIDField(null=True)),
                        ('credit', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                        ('debit', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                    ],
                ),
                migrations.AddField(
                    model_name='account',
                    name='kind',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.kind'),
                ),
                migrations.CreateModel(
                    name='Flow',
                    fields=[
                        ('id', models.AutoField(primary_key=True, serialize=False)),
                        ('asset_class', models.CharField(max_length=16, null=True)),
                        ('asset', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.asset')),
                        ('credit_kind', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.kind')),
                        ('debit_kind', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.kind')),
                        ('reason', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.reason')),
                    ],
                ),
                migrations.CreateModel(
                    name='Transfer',
                    fields=[
                        ('id', models.UUIDField(primary_key=True, serialize=False)),
                        ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('effective_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('amount', models.BigIntegerField()),
                        ('op', models.SmallIntegerField(default=0)),
                        ('hold_id', models.UUIDField(null=True)),
                        ('reverses_id', models.UUIDField(null=True)),
                        ('group_id', models.UUIDField(null=True)),
                        ('expires_at', models.DateTimeField(null=True)),
                        ('meta', models.JSONField(null=True)),
                        ('reference', models.CharField(blank=True, default='', max_length=200)),
                        ('credit', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                        ('debit', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                        ('reason', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.reason')),
                    ],
                ),
            ],
        ),
    ]
