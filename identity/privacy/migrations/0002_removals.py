"""What went when its term was over."""

from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Removal",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("table", models.CharField(max_length=63)),
                    (
                        "part",
                        models.CharField(
                            help_text="the month, or before which moment", max_length=40
                        ),
                    ),
                    ("data_class", models.CharField(max_length=16)),
                    (
                        "classes_version",
                        models.PositiveIntegerField(help_text="whose term was over"),
                    ),
                    ("rows", models.BigIntegerField()),
                    ("removed_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "privacy_removal",
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("rows__gt", 0)), name="removal_of_some_rows"
                        )
                    ],
                },
            ),
            append_only("privacy_removal"),
            protect("privacy_removal", visible="true", writable=IS_PLATFORM),
        ]
    )
