"""Resources may be counted in tokens a second."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("identity", "0024_codes_are_renamed")]

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
                        ("tps", "token/s"),
                    ],
                    max_length=8,
                ),
            ),
        ]
    )
