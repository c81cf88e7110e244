"""A usage record leads to its energy by name; nothing changes in the database."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0008_readings_of_parts_and_states"),
        ("metering_energy", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="usageenergy",
                name="usage",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="energy",
                    serialize=False,
                    to="metering.usagerecord",
                ),
            ),
        ]
    )
