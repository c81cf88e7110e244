"""Orders of community capacity take from a quota, which the database keeps."""

from django.db import migrations, models

from common.sql_files import bounded, function, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0017_community_capacity"),
        ("orders", "0019_tokens_are_committed"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="order",
                name="community_month",
                field=models.DateField(
                    help_text="whose quota of community capacity it takes from; by the database",
                    null=True,
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("community_month__isnull", False)),
                    fields=["community_month", "buyer"],
                    name="order_of_community",
                ),
            ),
            function("marketplace.orders", "orders_community_used", arguments="uuid, date, text"),
            function("marketplace.orders", "orders_community_month"),
            function("marketplace.orders", "orders_community_quota"),
            script("marketplace.orders", "community.sql", reverse="community_gone.sql"),
        ]
    )
