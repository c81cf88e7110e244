"""A quote is kept though its listing was moved to another plan of the provider."""

from django.db import migrations

from common.sql_files import new_version


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0008_relations"),
        ("pricing", "0003_quotes_add_up"),
    ]

    operations = [new_version("marketplace.orders", "orders_price_is_promised", version=2)]
