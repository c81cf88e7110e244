"""What a suspended provider offers is off the market, and comes back afterwards."""

from django.db import migrations, models

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_facts_and_counts"),
        ("identity", "0005_suspensions"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="listing",
                name="opens_when_reinstated",
                field=models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="paused while its provider is suspended",
                ),
            ),
            script("marketplace.catalog", "of_standing.sql", reverse="of_standing_gone.sql"),
        ]
    )
