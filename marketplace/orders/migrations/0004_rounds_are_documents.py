"""Rounds say which transaction recorded them."""

from django.db import migrations, models

from common.sql_files import bounded, recorded_now


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_one_history"),
        ("common", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="clearinground",
                name="recorded_in",
                field=models.BigIntegerField(
                    db_default=models.functions.Cast(
                        models.functions.Cast(
                            models.Func(function="pg_current_xact_id"), models.TextField()
                        ),
                        models.BigIntegerField(),
                    ),
                    editable=False,
                    help_text="the transaction that recorded it, set by the database",
                ),
            ),
            migrations.AddIndex(
                model_name="clearinground",
                index=models.Index(fields=["recorded_in", "id"], name="round_in_order"),
            ),
            recorded_now("orders_clearinground"),
        ]
    )
