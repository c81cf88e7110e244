"""Deposits are kept by the room of payments from now on; their table stands as it did."""

from django.db import migrations

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_long_orders_hold_in_parts"),
    ]

    operations = bounded(
        [
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.DeleteModel(name="Deposit")]
            ),
        ]
    )
