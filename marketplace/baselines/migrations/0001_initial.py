"""What a standard hour should cost is data: announced, agreed on by two, a day before it holds."""

import datetime
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ReferencePrice",
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
                        "hour_class",
                        models.CharField(
                            choices=[
                                ("general", "General compute: an hour of one core"),
                                ("hpc", "High-performance compute: FP64"),
                                ("training", "Training: dense FP16 on the tensor path"),
                                ("inference", "Inference: measured tokens a second"),
                            ],
                            max_length=9,
                        ),
                    ),
                    (
                        "reference",
                        models.DecimalField(
                            decimal_places=6,
                            help_text="yuan a standard hour; none ends it",
                            max_digits=16,
                            null=True,
                        ),
                    ),
                    (
                        "below_bp",
                        models.PositiveIntegerField(
                            default=0, help_text="hundredths of a per cent"
                        ),
                    ),
                    (
                        "above_bp",
                        models.PositiveIntegerField(
                            default=0, help_text="hundredths of a per cent"
                        ),
                    ),
                    (
                        "low",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.functions.math.Round(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("reference"),
                                        "*",
                                        django.db.models.expressions.CombinedExpression(
                                            models.Value(10000), "-", models.F("below_bp")
                                        ),
                                    ),
                                    "/",
                                    models.Value(Decimal(10000)),
                                ),
                                6,
                            ),
                            output_field=models.DecimalField(
                                decimal_places=6, max_digits=18, null=True
                            ),
                        ),
                    ),
                    (
                        "high",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.functions.math.Round(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("reference"),
                                        "*",
                                        django.db.models.expressions.CombinedExpression(
                                            models.Value(10000), "+", models.F("above_bp")
                                        ),
                                    ),
                                    "/",
                                    models.Value(Decimal(10000)),
                                ),
                                6,
                            ),
                            output_field=models.DecimalField(
                                decimal_places=6, max_digits=18, null=True
                            ),
                        ),
                    ),
                    ("floor", models.DecimalField(decimal_places=6, max_digits=16, null=True)),
                    (
                        "off_peak_from",
                        models.PositiveSmallIntegerField(help_text="hour of the day", null=True),
                    ),
                    (
                        "off_peak_until",
                        models.PositiveSmallIntegerField(help_text="hour of the day", null=True),
                    ),
                    (
                        "off_peak_bp",
                        models.PositiveIntegerField(
                            default=0, help_text="how much less is advised"
                        ),
                    ),
                    (
                        "baseline_version",
                        models.PositiveIntegerField(
                            help_text="of the costs that it was set beside"
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("announced_at", models.DateTimeField()),
                    ("valid_from", models.DateTimeField()),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["hour_class", "-valid_from", "-id"], name="reference_of_class"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("hour_class__in", ["general", "hpc", "training", "inference"])
                            ),
                            name="reference_class_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "valid_from__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("announced_at"),
                                        "+",
                                        models.Value(datetime.timedelta(days=1)),
                                    ),
                                )
                            ),
                            name="reference_has_notice",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("above_bp", 0),
                                    ("below_bp", 0),
                                    ("floor__isnull", True),
                                    ("off_peak_from__isnull", True),
                                    ("reference__isnull", True),
                                ),
                                models.Q(
                                    ("above_bp__range", (100, 100000)),
                                    ("below_bp__range", (100, 9900)),
                                    ("reference__gt", 0),
                                    models.Q(
                                        ("floor__isnull", True),
                                        models.Q(
                                            ("floor__gt", 0), ("floor__lte", models.F("reference"))
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="reference_is_a_band",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("off_peak_bp", 0),
                                    ("off_peak_from__isnull", True),
                                    ("off_peak_until__isnull", True),
                                ),
                                models.Q(
                                    ("off_peak_bp__range", (100, 9000)),
                                    ("off_peak_from__range", (0, 23)),
                                    ("off_peak_until__range", (0, 23)),
                                    models.Q(
                                        ("off_peak_from", models.F("off_peak_until")), _negated=True
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="reference_off_peak_is_hours",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("reason__gt", "")), name="reference_says_why"
                        ),
                    ],
                },
            ),
            *functions("marketplace.baselines", "baselines_reference_as_agreed"),
            row_trigger(
                "baselines_referenceprice",
                "reference_as_agreed",
                when="BEFORE INSERT",
                function="baselines_reference_as_agreed",
            ),
            append_only("baselines_referenceprice"),
            # Everybody reads what operators say.
            protect("baselines_referenceprice", visible="true", writable=IS_PLATFORM),
        ]
    )
