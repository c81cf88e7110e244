"""Readings name a part and a state, and records the parts that they were weighed from."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("metering", "0007_conversion_tables")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="reading",
                name="state",
                field=models.CharField(
                    db_default="",
                    help_text="of the resource, where its rule knows states",
                    max_length=12,
                ),
            ),
            migrations.AddField(
                model_name="reading",
                name="unit",
                field=models.CharField(
                    db_default="",
                    help_text="of the part, where its rule weighs several",
                    max_length=24,
                ),
            ),
            migrations.AddField(
                model_name="usagerecord",
                name="parts",
                field=models.JSONField(
                    db_default=models.Value([], models.JSONField()),
                    help_text="unit, quantity and weight of each metric that the quantity was"
                    " weighed from",
                ),
            ),
        ]
    )
