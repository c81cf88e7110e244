"""What is ordered beside an order of compute names it, and clears with it or not at all."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, function, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0025_listings_stand_beside"),
        ("identity", "0028_pools_are_asked_for"),
        ("orders", "0022_prices_of_several_things"),
        ("projects", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="order",
                name="beside",
                field=models.ForeignKey(
                    db_index=False,
                    help_text="the order of compute that it was ordered with",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="companions",
                    to="orders.order",
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("beside__isnull", False)),
                    fields=["beside"],
                    name="order_in_set",
                ),
            ),
            function("marketplace.orders", "orders_set_stands"),
            script("marketplace.orders", "sets.sql", reverse="sets_gone.sql"),
        ]
    )
