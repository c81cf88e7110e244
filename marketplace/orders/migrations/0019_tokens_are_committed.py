"""Orders may commit tokens: a token a second is one in a second."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_prices_follow_terms")]

    operations = bounded(
        [
            new_version("marketplace/orders", "orders_price_follows", version=3),
            new_version("marketplace/orders", "orders_terms_follow", version=2),
        ]
    )
