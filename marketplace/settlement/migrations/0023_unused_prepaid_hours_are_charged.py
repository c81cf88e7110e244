"""Prepaid hours that are owed from the start are charged at the end, if nobody used any."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0022_contracts_are_made_smaller"),
        ("pricing", "0025_prepaid_hours_are_owed_from_the_start"),
    ]

    operations = bounded(
        [
            new_version("marketplace.settlement", "settlement_closing_as_planned", version=2),
            migrations.AlterField(
                model_name="charge",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("USAGE", "Usage"),
                        ("CORRECTION", "Correction"),
                        ("CLOSING", "At the end"),
                    ],
                    max_length=10,
                ),
            ),
            migrations.AlterField(
                model_name="charge",
                name="usage",
                field=models.ForeignKey(
                    db_index=False,
                    help_text="none behind what the end of a contract comes to",
                    null=True,
                    on_delete=models.deletion.PROTECT,
                    related_name="+",
                    to="metering.usagerecord",
                ),
            ),
        ]
    )
