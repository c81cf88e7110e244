"""Orders bear the price of their quote."""

from django.db import migrations

from common.sql_files import function, row_trigger


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0001_books_listings_capacity"),
        ("orders", "0006_second_person"),
        ("pricing", "0003_quotes_add_up"),
    ]

    operations = [
        function("marketplace.orders", "orders_price_is_promised"),
        row_trigger(
            "orders_order",
            "price_is_promised",
            when="BEFORE INSERT",
            function="orders_price_is_promised",
        ),
    ]
