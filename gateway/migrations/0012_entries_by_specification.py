"""Codes are found by what is counted in them, and by nothing else alike."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("gateway", "0011_owners_sign")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="entry",
                name="specification",
                field=models.CharField(
                    db_default="",
                    default="",
                    help_text="what is counted, by code and number",
                    max_length=200,
                ),
            ),
            migrations.AddIndex(
                model_name="entry",
                index=models.Index(
                    fields=["specification", "code"],
                    condition=models.Q(("status", "ACTIVE")),
                    name="entry_by_specification",
                ),
            ),
        ]
    )
