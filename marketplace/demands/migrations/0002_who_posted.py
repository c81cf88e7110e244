"""A demand names the person behind it, whether in a session or by a key."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("demands", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="posteddemand",
                name="posted_by_id",
                field=models.BigIntegerField(
                    help_text="the person, or who made the key", null=True
                ),
            ),
        ]
    )
