"""What is told of resources now, and of five minutes each."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import owned_by, protect
from common.sql_files import bounded, functions, row_trigger, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0018_profiles_side_by_side"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="SourceState",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("AGENT", "the provider's agent"),
                                ("PROBE", "the market's probe"),
                                ("DELIVERY", "deliveries"),
                                ("MARKET", "the market's own book"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("total_milli", models.BigIntegerField(null=True)),
                    ("free_milli", models.BigIntegerField(null=True)),
                    (
                        "health",
                        models.CharField(
                            choices=[
                                ("OK", "well"),
                                ("DEGRADED", "degraded"),
                                ("DOWN", "down"),
                                ("UNKNOWN", "unknown"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("observed_at", models.DateTimeField()),
                    ("sequence", models.BigIntegerField()),
                    (
                        "digest",
                        models.BinaryField(help_text="SHA-256 of the signed bytes that said so"),
                    ),
                    ("fresh_until", models.DateTimeField()),
                    ("received_at", models.DateTimeField()),
                    ("is_told", models.BooleanField(default=False, help_text="that it is silent")),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("is_told", False)),
                            fields=["fresh_until"],
                            name="state_falls_silent",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resource", "source"), name="one_word_a_source"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("free_milli__isnull", True),
                                ("free_milli__gte", 0),
                                _connector="OR",
                            ),
                            name="state_free_is_none_or_more",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("free_milli__isnull", True),
                                ("total_milli__isnull", True),
                                ("free_milli__lte", models.F("total_milli")),
                                _connector="OR",
                            ),
                            name="state_free_within_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("source__in", ["AGENT", "PROBE", "DELIVERY", "MARKET"]),
                                ("health__in", ["OK", "DEGRADED", "DOWN", "UNKNOWN"]),
                            ),
                            name="state_words_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("fresh_until__gt", models.F("observed_at"))),
                            name="state_is_fresh_for_a_while",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="StateHistory",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("AGENT", "the provider's agent"),
                                ("PROBE", "the market's probe"),
                                ("DELIVERY", "deliveries"),
                                ("MARKET", "the market's own book"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("slot_at", models.DateTimeField()),
                    ("low_milli", models.BigIntegerField()),
                    ("high_milli", models.BigIntegerField()),
                    ("sum_milli", models.DecimalField(decimal_places=0, max_digits=30)),
                    ("words", models.IntegerField()),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resource", "source", "slot_at"), name="one_history_a_slot"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("high_milli__gte", models.F("low_milli")),
                                ("low_milli__gte", 0),
                                ("words__gt", 0),
                            ),
                            name="history_is_in_order",
                        ),
                    ],
                },
            ),
            *functions("gateway.sensing", "sensing_only_newer"),
            row_trigger(
                "sensing_sourcestate",
                "state_only_newer",
                when="BEFORE UPDATE",
                function="sensing_only_newer",
            ),
            protect("sensing_sourcestate", visible=owned_by("provider_id")),
            protect("sensing_statehistory", visible=owned_by("provider_id")),
            script("gateway.sensing", "tables.sql"),
        ]
    )
