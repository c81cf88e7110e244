"""An order that names a listing needs no quote: its price follows from the listing's plan."""

from django.db import migrations

from common.sql_files import bounded, functions, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_walls"),
        ("orders", "0008_of_standing"),
        ("pricing", "0001_initial"),
    ]

    operations = bounded(
        [
            *functions("marketplace.orders", "orders_price_follows"),
            new_version("marketplace.orders", "orders_price_is_promised", version=2),
        ]
    )
