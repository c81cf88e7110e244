"""Orders bear prices by plans with terms: what is owed for a period is a line as others are."""

from django.db import migrations

from common.sql_files import bounded, function, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0017_storage_and_networks"),
        ("catalog", "0010_quotes_say_known_facts"),
    ]

    operations = bounded(
        [
            function("marketplace/orders", "orders_terms_follow"),
            new_version("marketplace/orders", "orders_lines_are_sound", version=3),
            new_version("marketplace/orders", "orders_price_is_promised", version=3),
        ]
    )
