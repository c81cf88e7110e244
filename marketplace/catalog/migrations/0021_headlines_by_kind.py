"""Listings may show the price of a million tokens read, generated or read from a cache."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_reference_orders_state_green")]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="listing",
                name="headline_unit",
                field=models.CharField(
                    choices=[
                        ("standard_hour", "standard hour"),
                        ("unit_hour", "unit-hour"),
                        ("ktoken", "thousand tokens"),
                        ("mtoken_in", "million tokens read"),
                        ("mtoken_out", "million tokens generated"),
                        ("mtoken_cached", "million tokens read from a cache"),
                        ("gb_month", "GB-month"),
                        ("gb_moved", "GB moved"),
                    ],
                    max_length=16,
                ),
            )
        ]
    )
