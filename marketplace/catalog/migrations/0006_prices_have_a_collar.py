"""What a standard hour may cost in a book is data: announced, agreed on by two, moved by the index."""

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
    dependencies = [
        ("approvals", "0001_initial"),
        ("catalog", "0005_of_standing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="PriceCollar",
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
                        "reference",
                        models.DecimalField(
                            decimal_places=6,
                            help_text="yuan; none: any price is allowed",
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
                    (
                        "index_day",
                        models.DateField(help_text="of the index that moved it", null=True),
                    ),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    ("announced_at", models.DateTimeField()),
                    ("valid_from", models.DateTimeField()),
                    (
                        "agreed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "book",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.book",
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
                        ),
                    ),
                    (
                        "proposed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["book", "-valid_from", "-id"], name="collar_of_book")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("book", "index_day"), name="collar_follows_once"
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
                            name="collar_has_notice",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("above_bp", 0), ("below_bp", 0), ("reference__isnull", True)
                                ),
                                models.Q(
                                    ("above_bp__range", (100, 100000)),
                                    ("below_bp__range", (100, 9900)),
                                    ("reference__gt", 0),
                                ),
                                _connector="OR",
                            ),
                            name="collar_is_a_band",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("agreed_by__isnull", False),
                                    ("index_day__isnull", True),
                                    ("proposal__isnull", False),
                                    ("proposed_by__isnull", False),
                                    ("reason__gt", ""),
                                ),
                                models.Q(
                                    ("agreed_by__isnull", True),
                                    ("index_day__isnull", False),
                                    ("proposal__isnull", True),
                                    ("proposed_by__isnull", True),
                                    ("reference__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="collar_of_two_or_of_the_index",
                        ),
                    ],
                },
            ),
            *functions("marketplace.catalog", "catalog_collar_as_agreed"),
            row_trigger(
                "catalog_pricecollar",
                "collar_as_agreed",
                when="BEFORE INSERT",
                function="catalog_collar_as_agreed",
            ),
            append_only("catalog_pricecollar"),
            # Everybody who trades may read what a book allows.
            protect("catalog_pricecollar", visible="true", writable=IS_PLATFORM),
        ]
    )
