"""Resources may be counted in GB of storage, and in Gbit/s of a network."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_keys_of_one_program"),
    ]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="computeresource",
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
        ]
    )
