"""What the release before goes on asking for is asked for as it knows it: not to be sealed."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0015_renewed_access")]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="handoverrequest",
                name="way",
                field=models.CharField(
                    choices=[
                        ("SEALED", "Sealed to the buyer's key"),
                        ("PLAIN", "In the open, as the buyer chose"),
                        ("EARLIER", "As it was asked for before endpoints were sealed"),
                    ],
                    db_default="EARLIER",
                    default="SEALED",
                    help_text="how the endpoint comes to the buyer",
                    max_length=7,
                ),
            ),
        ]
    )
