"""What was found by whoever watches."""

from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("common", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Tally",
                fields=[
                    (
                        "id",
                        models.PositiveSmallIntegerField(
                            default=1, primary_key=True, serialize=False
                        ),
                    ),
                    ("position", models.BigIntegerField(default=0)),
                    ("accepted", models.BigIntegerField(default=0)),
                    ("accounted", models.BigIntegerField(default=0)),
                    (
                        "missing_before",
                        models.BigIntegerField(
                            default=0, help_text="what the last whole walk missed"
                        ),
                    ),
                    ("until", models.BigIntegerField(default=0)),
                    ("next_until", models.BigIntegerField(default=0)),
                    (
                        "next_xid",
                        models.BigIntegerField(
                            default=0, help_text="transactions up to it may write yet"
                        ),
                    ),
                    ("began_at", models.DateTimeField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(condition=models.Q(("id", 1)), name="one_tally"),
                        models.CheckConstraint(
                            condition=models.Q(("accounted__lte", models.F("accepted"))),
                            name="tally_adds_up",
                        ),
                    ],
                },
            ),
            # Nothing in it is a tenant's. Only the platform itself counts.
            protect("watch_tally", visible="true", writable=IS_PLATFORM),
        ]
    )
