"""What the network between two hubs is, from one moment on."""

from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0004_prices_are_compared"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Path",
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
                    ("hub_a", models.CharField(max_length=8)),
                    ("hub_b", models.CharField(max_length=8)),
                    (
                        "latency_ms",
                        models.DecimalField(
                            decimal_places=1, help_text="there and back", max_digits=7
                        ),
                    ),
                    ("bandwidth_gbps", models.PositiveIntegerField()),
                    (
                        "price_per_gb",
                        models.DecimalField(decimal_places=4, help_text="in yuan", max_digits=10),
                    ),
                    (
                        "basis",
                        models.CharField(
                            choices=[("ASSUMED", "Assumed"), ("MEASURED", "Measured")], max_length=8
                        ),
                    ),
                    ("source", models.CharField(max_length=200)),
                    ("starts_at", models.DateTimeField()),
                    ("recorded_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("hub_a", "hub_b", "starts_at"),
                            name="path_says_one_thing_at_a_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("hub_a__lt", models.F("hub_b"))),
                            name="path_has_two_ends",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("bandwidth_gbps__gt", 0),
                                ("latency_ms__gt", 0),
                                ("price_per_gb__gte", 0),
                            ),
                            name="path_figures_are_figures",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("basis__in", ["ASSUMED", "MEASURED"])),
                            name="path_basis_known",
                        ),
                    ],
                },
            ),
            protect("pricing_path", visible="true", writable=IS_PLATFORM),
            append_only("pricing_path"),
        ]
    )
