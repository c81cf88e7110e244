"""What a machine has, as columns that the market is searched by, and how often listings changed."""

from django.db import migrations, models

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_listings_keep_their_price")]

    operations = bounded(
        [
            *(
                migrations.AddField(
                    model_name="listing",
                    name=name,
                    field=models.PositiveIntegerField(null=True),
                )
                for name in ("card_memory_gb", "vcpu", "memory_gb", "network_gbps")
            ),
            script("marketplace.catalog", "market_version.sql", reverse="market_version_gone.sql"),
            *functions("marketplace.catalog", "catalog_market_moves"),
            script("marketplace.catalog", "market_moves.sql", reverse="market_moves_gone.sql"),
        ]
    )
