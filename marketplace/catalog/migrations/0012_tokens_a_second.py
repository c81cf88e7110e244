"""Listings may be of APIs that answer by tokens."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_prices_are_compared")]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="listing",
                name="capacity_unit",
                field=models.CharField(
                    choices=[
                        ("card", "card"),
                        ("vcpu", "vCPU"),
                        ("node", "node"),
                        ("gb", "GB"),
                        ("gbps", "Gbit/s"),
                        ("tps", "token/s"),
                    ],
                    max_length=8,
                ),
            ),
        ]
    )
