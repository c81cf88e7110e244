"""An order may be priced by a plan that has prices of several things."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0021_tokens_by_kind"),
        ("catalog", "0022_facts_say_what_is_sold"),
        ("pricing", "0020_prices_of_several_things"),
    ]

    operations = bounded([new_version("marketplace.orders", "orders_price_is_promised", version=5)])
