"""Prices may be of GB-months and of GB moved."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("orders", "0016_deposits_move_out")]

    operations = bounded(
        [
            new_version("marketplace/orders", "orders_lines_are_sound", version=2),
            new_version("marketplace/orders", "orders_price_follows", version=2),
        ]
    )
