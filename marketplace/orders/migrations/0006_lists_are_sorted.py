"""Lists of all orders are sorted by start and by amount."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_as_two_agreed")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="order",
                index=models.Index(fields=["starts_at", "id"], name="order_by_start"),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(fields=["gross_minor", "id"], name="order_by_amount"),
            ),
        ]
    )
