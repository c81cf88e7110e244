"""Orders commit tokens by kind, in shares that their price follows."""

from django.db import migrations, models

from common.sql_files import bounded, function, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0020_community_capacity"),
        ("pricing", "0018_tokens_have_kinds"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="order",
                name="token_mix",
                field=models.JSONField(
                    help_text="in what shares kinds of tokens are committed, where they have prices",
                    null=True,
                ),
            ),
            function("marketplace.orders", "orders_tokens_follow"),
            new_version("marketplace.orders", "orders_lines_are_sound", version=4),
            new_version("marketplace.orders", "orders_price_is_promised", version=4),
        ]
    )
