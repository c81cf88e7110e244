"""The daily index: published once, for everybody to read."""

from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("common", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DailyIndex",
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
                    ("methodology", models.PositiveSmallIntegerField()),
                    (
                        "day",
                        models.DateField(
                            help_text="in the market's time zone, by the time of settlement"
                        ),
                    ),
                    (
                        "resource_class",
                        models.CharField(
                            choices=[
                                ("GENERAL", "General compute"),
                                ("AI", "AI compute"),
                                ("HPC", "High-performance compute"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "standing",
                        models.CharField(
                            choices=[
                                ("PUBLISHED", "Published"),
                                ("NOT_SEPARABLE", "Not separable"),
                            ],
                            max_length=13,
                        ),
                    ),
                    (
                        "price",
                        models.DecimalField(
                            decimal_places=6,
                            help_text="CNY for a standard hour",
                            max_digits=16,
                            null=True,
                        ),
                    ),
                    ("standard_hours", models.DecimalField(decimal_places=12, max_digits=38)),
                    ("trades", models.PositiveIntegerField()),
                    ("providers", models.PositiveIntegerField()),
                    (
                        "excluded",
                        models.JSONField(help_text="how many records did not enter, by reason"),
                    ),
                    ("inputs_hash", models.CharField(max_length=64)),
                    ("content_hash", models.CharField(max_length=64)),
                    ("published_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["resource_class", "-day"], name="index_by_class")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("day", "resource_class", "methodology"),
                            name="index_published_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("price__isnull", False), ("standing", "PUBLISHED")),
                                models.Q(("price__isnull", True), ("standing", "NOT_SEPARABLE")),
                                _connector="OR",
                            ),
                            name="index_price_if_separable",
                        ),
                    ],
                },
            ),
            script("marketplace.bulletin", "triggers.sql"),
            protect("bulletin_dailyindex", visible="true", writable=IS_PLATFORM),
            script("marketplace.bulletin", "grants.sql"),
        ]
    )
