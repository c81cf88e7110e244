"""What operators enter in the directory."""

from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [("identity", "0001_initial")]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DirectoryEntry",
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
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("STANDARD", "Standard"),
                                ("POLICY", "Policy"),
                                ("TECHNOLOGY", "Technology"),
                                ("RULE", "Rule of this market"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("code", models.CharField(max_length=60)),
                    ("version", models.CharField(max_length=40)),
                    ("title", models.CharField(max_length=200)),
                    ("title_en", models.CharField(blank=True, default="", max_length=200)),
                    (
                        "support",
                        models.CharField(
                            choices=[
                                ("WHOLE", "supported"),
                                ("PARTLY", "partly"),
                                ("NONE", "not supported"),
                            ],
                            max_length=6,
                        ),
                    ),
                    ("note", models.CharField(blank=True, default="", max_length=500)),
                    ("url", models.CharField(blank=True, default="", max_length=300)),
                    ("clause", models.CharField(blank=True, default="", max_length=80)),
                    (
                        "rule",
                        models.CharField(
                            blank=True, default="", help_text="kind/version", max_length=80
                        ),
                    ),
                    ("decision", models.CharField(blank=True, default="", max_length=80)),
                    ("entered_at", models.DateTimeField()),
                    ("entered_by_id", models.BigIntegerField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("code", "version", "clause"), name="directory_entry_once"
                        )
                    ],
                },
            ),
            append_only("standards_directoryentry"),
            protect("standards_directoryentry", visible="true", writable=IS_PLATFORM),
        ]
    )
