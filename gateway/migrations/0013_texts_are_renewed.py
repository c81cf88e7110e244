"""What outlives the keys that signed it is borne out anew."""

from django.db import migrations, models

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [("gateway", "0012_entries_by_specification")]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="duesigning",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("record", "record"),
                        ("grant", "grant"),
                        ("rename", "rename"),
                        ("binding", "binding"),
                        ("renewal", "renewal"),
                    ],
                    max_length=8,
                ),
            ),
            *functions("gateway", "gateway_note_renewals"),
            script("gateway", "texts_are_renewed.sql", reverse="texts_are_renewed_gone.sql"),
        ]
    )
