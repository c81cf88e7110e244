"""What nodes say of their days, kept by class."""

import django.contrib.postgres.fields
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("peering", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="DayTotals",
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
                    ("node", models.CharField(max_length=6)),
                    ("day", models.DateField(help_text="of the market")),
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
                        "capacity",
                        models.JSONField(
                            help_text="by unit: resources, total_milli, available_milli"
                        ),
                    ),
                    ("trades", models.PositiveIntegerField(null=True)),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "price",
                        models.DecimalField(
                            decimal_places=6,
                            help_text="the day's index, CNY a standard hour",
                            max_digits=16,
                            null=True,
                        ),
                    ),
                    ("pue", models.DecimalField(decimal_places=3, max_digits=5, null=True)),
                    ("green_share", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                    (
                        "withheld",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=16),
                            help_text="figures that fewer than three would be read in",
                            size=None,
                        ),
                    ),
                    ("digest", models.CharField(max_length=71)),
                    ("sequence", models.PositiveIntegerField()),
                    ("said_at", models.DateTimeField()),
                    ("kept_at", models.DateTimeField()),
                ],
                options={
                    "db_table": "gateway_daytotals",
                    "indexes": [models.Index(fields=["-day", "node"], name="totals_by_day")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("node", "day", "resource_class"), name="totals_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("withheld__contains", ["traded"]), _negated=True),
                                models.Q(
                                    ("price__isnull", True),
                                    ("standard_hours__isnull", True),
                                    ("trades__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="totals_withheld_are_not_there",
                        ),
                    ],
                },
            ),
            *functions("gateway.peering", "peering_totals_rise"),
            script("gateway.peering", "totals.sql", reverse="totals_gone.sql"),
            protect("gateway_daytotals", visible=IS_PLATFORM),
        ]
    )
