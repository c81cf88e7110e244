"""What became of readings is kept in sums, with each window and with each provider."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_keys_of_one_program"),
        ("metering", "0005_batches_in_a_chain"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ReadingSum",
                fields=[
                    (
                        "provider",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="identity.organization",
                        ),
                    ),
                    (
                        "accepted",
                        models.BigIntegerField(
                            default=0, help_text="up to the place of `ReadingPlace`"
                        ),
                    ),
                    ("measured", models.BigIntegerField(default=0)),
                    ("discarded", models.BigIntegerField(default=0)),
                ],
            ),
            migrations.AddField(
                model_name="window",
                name="measured_count",
                field=models.BigIntegerField(
                    default=0, help_text="how many of them are in its records, or were discarded"
                ),
            ),
            migrations.AddField(
                model_name="window",
                name="reading_count",
                field=models.BigIntegerField(default=0, help_text="how many were accepted into it"),
            ),
            migrations.AlterField(
                model_name="window",
                name="set_aside_reason",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", ""),
                        ("above_capacity", "More than the resource can deliver"),
                        (
                            "resource_above_capacity",
                            "More than the resource can deliver, over all meters",
                        ),
                        ("overlapping_readings", "The same time counted twice"),
                        ("not_measurable", "The readings cannot be added up"),
                    ],
                    default="",
                    max_length=24,
                ),
            ),
            migrations.CreateModel(
                name="ReadingPlace",
                fields=[
                    (
                        "id",
                        models.PositiveSmallIntegerField(
                            default=1, primary_key=True, serialize=False
                        ),
                    ),
                    ("until", models.BigIntegerField(default=0)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("id", 1)), name="one_reading_place"
                        )
                    ],
                },
            ),
            protect("metering_readingsum", visible=owned_by("provider_id")),
            protect("metering_readingplace", visible="true", writable=IS_PLATFORM),
            migrations.RunSQL(
                sql="REVOKE DELETE ON metering_readingsum, metering_readingplace FROM suanpan_app;",
                reverse_sql=migrations.RunSQL.noop,
            ),
        ]
    )
