"""Listings may be of storage and of networks."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_listings_obey_their_resource"),
    ]

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
                    ],
                    max_length=8,
                ),
            ),
            migrations.AlterField(
                model_name="listing",
                name="headline_unit",
                field=models.CharField(
                    choices=[
                        ("standard_hour", "standard hour"),
                        ("unit_hour", "unit-hour"),
                        ("ktoken", "thousand tokens"),
                        ("gb_month", "GB-month"),
                        ("gb_moved", "GB moved"),
                    ],
                    max_length=16,
                ),
            ),
        ]
    )
