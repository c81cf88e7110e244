"""Drivers give notice that a delivery is taken back."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("drivers", "0005_scenes_and_templates"),
        ("fulfilment", "0008_ended_early"),
    ]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="drivermessage",
                name="word",
                field=models.CharField(
                    choices=[
                        ("delivery.ready", "Ready"),
                        ("delivery.running", "Running"),
                        ("delivery.interrupted", "Interrupted"),
                        ("delivery.exited", "Exited"),
                        ("delivery.failed", "Failed"),
                        ("delivery.wiped", "Data wiped"),
                        ("delivery.access", "Access renewed"),
                        ("delivery.preempting", "Taken back with notice"),
                    ],
                    max_length=24,
                ),
            ),
        ]
    )
