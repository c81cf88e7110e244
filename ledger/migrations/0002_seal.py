"""The Merkle log over definitions and transfers: tiles, checkpoints, keys, pages of accounts."""

from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"
UNDO = """
    DROP TABLE ledger_account_page, ledger_page_cursor, ledger_checkpoint, ledger_tile, ledger_key,
        ledger_definition CASCADE;
    DROP VIEW ledger_transfer_line;
    DROP FUNCTION ledger_define CASCADE;
    DROP FUNCTION ledger_moment, ledger_grow_tile, ledger_advance_checkpoint,
        ledger_add_tile_partition;
    DROP INDEX ledger_transfer_order;
    CREATE INDEX ledger_transfer_xid ON ledger_transfer (xid);
"""


class Migration(migrations.Migration):

    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(sql=(SQL / "0002_seal.sql").read_text(), reverse_sql=UNDO),
        migrations.SeparateDatabaseAndState(
            state_operations=[
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
                        ("added_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name="Checkpoint",
                    fields=[
                        ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("root", models.BinaryField()),
                        ("note", models.TextField()),
                        ("sealed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
            ],
        ),
    ]
