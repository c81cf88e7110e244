"""Contracts under plans with terms keep what was used in each cell."""

from django.db import migrations, models

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [("settlement", "0010_charged_while_delivered")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="contract",
                name="rating",
                field=models.JSONField(
                    db_default={},
                    default=dict,
                    help_text="what was used so far in each cell of a plan under `rate-2`,"
                    " as exact fractions",
                ),
            ),
            script("marketplace.settlement", "rating_moves.sql", reverse="rating_moves_gone.sql"),
        ]
    )
