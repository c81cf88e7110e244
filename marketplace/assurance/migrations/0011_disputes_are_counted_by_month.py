"""Disputes are counted by the month in which they were opened."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("assurance", "0010_nothing_is_given_back_twice")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="tradedispute",
                index=models.Index(fields=["opened_at"], name="dispute_by_opening"),
            ),
        ]
    )
