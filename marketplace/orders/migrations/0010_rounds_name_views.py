"""Rounds name the view of their book, which is stored once; orders are updated by a fixed plan."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_prices_follow_from_plans")]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BookView",
                fields=[
                    (
                        "hash",
                        models.CharField(max_length=64, primary_key=True, serialize=False),
                    ),
                    (
                        "body",
                        models.BinaryField(
                            help_text="compressed by zlib: canonical JSON of cards and offers"
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                ],
            ),
            protect("orders_bookview", visible=IS_PLATFORM),
            append_only("orders_bookview"),
            migrations.AddField(
                model_name="clearinground",
                name="view",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="orders.bookview",
                ),
            ),
            migrations.AlterField(
                model_name="clearinground",
                name="snapshot",
                field=models.JSONField(
                    help_text="where there is a view, without what the view says"
                ),
            ),
            *functions("marketplace.orders", "orders_record_round"),
        ]
    )
