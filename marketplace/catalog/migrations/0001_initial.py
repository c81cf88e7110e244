"""Books, listings and the capacity behind them: the tables."""

from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import common.ids
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        ("metering", "0001_initial"),
        ("pricing", "0001_initial"),
    ]

    operations = bounded(
        [
            script("marketplace.catalog", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="Book",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("least_milli", models.BigIntegerField(db_default=1, default=1)),
                    ("step_milli", models.BigIntegerField(db_default=1, default=1)),
                    ("least_seconds", models.IntegerField(db_default=1, default=1)),
                    ("step_seconds", models.IntegerField(db_default=1, default=1)),
                    (
                        "least_minor",
                        models.BigIntegerField(
                            db_default=1,
                            default=1,
                            help_text="what an order that is not free costs at least",
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
                        "hub",
                        models.CharField(
                            help_text="code of a hub cluster, or of a province", max_length=8
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("resource_class", "hub"), name="book_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("least_milli__range", (1, 1000000000)),
                                ("step_milli__range", (1, 1000000000)),
                                ("least_seconds__range", (1, 31622400)),
                                ("step_seconds__range", (1, 31622400)),
                                ("least_minor__range", (1, 1000000000)),
                            ),
                            name="book_least_is_something",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Listing",
                fields=[
                    (
                        "review_code",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    (
                        "review_detail",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="for operators",
                            max_length=500,
                        ),
                    ),
                    ("review_since", models.DateTimeField(blank=True, null=True)),
                    ("least_milli", models.BigIntegerField(db_default=1, default=1)),
                    ("step_milli", models.BigIntegerField(db_default=1, default=1)),
                    ("least_seconds", models.IntegerField(db_default=1, default=1)),
                    ("step_seconds", models.IntegerField(db_default=1, default=1)),
                    (
                        "least_minor",
                        models.BigIntegerField(
                            db_default=1,
                            default=1,
                            help_text="what an order that is not free costs at least",
                        ),
                    ),
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
                        "seq",
                        models.BigIntegerField(
                            db_default=models.Func(
                                models.Value("catalog_listing_seq"), function="nextval"
                            ),
                            editable=False,
                            help_text="The number that people see, and a whole number for constraints over ranges",
                            unique=True,
                        ),
                    ),
                    ("title", models.CharField(max_length=120)),
                    ("title_en", models.CharField(blank=True, max_length=160)),
                    (
                        "state",
                        models.CharField(
                            choices=[("OPEN", "Open"), ("PAUSED", "Paused"), ("CLOSED", "Closed")],
                            default="OPEN",
                            max_length=8,
                        ),
                    ),
                    ("accepts_vouchers", models.BooleanField(default=True)),
                    ("available_from", models.DateTimeField()),
                    ("available_until", models.DateTimeField(blank=True, null=True)),
                    (
                        "total_milli",
                        models.BigIntegerField(
                            help_text="thousandths of the capacity unit on sale"
                        ),
                    ),
                    (
                        "capacity_unit",
                        models.CharField(
                            choices=[("card", "card"), ("vcpu", "vCPU"), ("node", "node")],
                            max_length=8,
                        ),
                    ),
                    (
                        "standard_factor",
                        models.DecimalField(
                            decimal_places=6,
                            help_text="standard hours of one unit-hour, by the measurement rule; none if unpublished",
                            max_digits=12,
                            null=True,
                        ),
                    ),
                    (
                        "headline_unit",
                        models.CharField(
                            choices=[
                                ("standard_hour", "standard hour"),
                                ("unit_hour", "unit-hour"),
                                ("ktoken", "thousand tokens"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("headline_price", models.DecimalField(decimal_places=6, max_digits=16)),
                    (
                        "price_per_standard_hour",
                        models.DecimalField(decimal_places=6, max_digits=16, null=True),
                    ),
                    (
                        "price_per_unit_hour",
                        models.DecimalField(decimal_places=6, max_digits=16, null=True),
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
                        "form",
                        models.CharField(
                            choices=[
                                ("BARE_METAL", "Bare metal"),
                                ("VM", "Virtual machine"),
                                ("CONTAINER", "Container"),
                                ("API", "Programming interface"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("region", models.CharField(max_length=6)),
                    ("hub", models.CharField(max_length=8)),
                    ("chip", models.CharField(blank=True, max_length=60)),
                    ("pue", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                    ("verification_level", models.PositiveSmallIntegerField()),
                    ("search_text", models.TextField(editable=False)),
                    (
                        "search_grams",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=2), editable=False, size=None
                        ),
                    ),
                    (
                        "sort_price",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.functions.comparison.Coalesce(
                                "price_per_standard_hour", models.Value(Decimal(9999999999))
                            ),
                            help_text="the price by the standard hour; what has none sorts last",
                            output_field=models.DecimalField(decimal_places=6, max_digits=16),
                        ),
                    ),
                    ("opens_after_review", models.BooleanField(db_default=False, default=False)),
                    ("opened_at", models.DateTimeField()),
                    ("closed_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "book",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.book",
                        ),
                    ),
                    (
                        "plan_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="pricing.rateplanversion",
                        ),
                    ),
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
                    (
                        "rule_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering.measurementruleversion",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["sort_price", "id"],
                            name="listing_by_price",
                        ),
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["resource_class", "sort_price", "id"],
                            name="listing_by_class_and_price",
                        ),
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["hub", "sort_price", "id"],
                            name="listing_by_hub_and_price",
                        ),
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["resource_class", "form", "hub", "chip"],
                            include=(
                                "accepts_vouchers",
                                "price_per_standard_hour",
                                "sort_price",
                                "available_from",
                                "available_until",
                                "pue",
                                "verification_level",
                                "provider",
                                "capacity_unit",
                                "total_milli",
                                "standard_factor",
                                "id",
                                "state",
                            ),
                            name="listing_counts",
                        ),
                        models.Index(fields=["book", "chip", "state"], name="listing_by_book"),
                        models.Index(
                            condition=models.Q(("state", "OPEN")),
                            fields=["-opened_at", "-id"],
                            name="listing_by_age",
                        ),
                        models.Index(fields=["provider", "-id"], name="listing_of_provider"),
                        models.Index(
                            condition=models.Q(("review_code", ""), _negated=True),
                            fields=["review_since"],
                            name="listing_needs_review",
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            fastupdate=False, fields=["search_grams"], name="listing_by_grams"
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["OPEN", "PAUSED", "CLOSED"])),
                            name="listing_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("total_milli__gt", 0)),
                            name="listing_offers_something",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("available_until__isnull", True),
                                ("available_until__gt", models.F("available_from")),
                                _connector="OR",
                            ),
                            name="listing_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("headline_price__gte", 0),
                                models.Q(
                                    ("standard_factor__isnull", True),
                                    ("standard_factor__gt", 0),
                                    _connector="OR",
                                ),
                            ),
                            name="listing_price_is_not_negative",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("closed_at__isnull", False), ("state", "CLOSED")),
                                models.Q(
                                    models.Q(("state", "CLOSED"), _negated=True),
                                    ("closed_at__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="listing_closed_at_a_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("least_milli__range", (1, 1000000000)),
                                ("step_milli__range", (1, 1000000000)),
                                ("least_seconds__range", (1, 31622400)),
                                ("step_seconds__range", (1, 31622400)),
                                ("least_minor__range", (1, 1000000000)),
                            ),
                            name="listing_least_is_something",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("least_milli__lte", models.F("total_milli"))),
                            name="listing_least_is_on_offer",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("review_code", ""), ("review_since__isnull", True)),
                                models.Q(
                                    models.Q(("review_code", ""), _negated=True),
                                    ("review_since__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="listing_reviewed_since",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("review_code", ""),
                                models.Q(("state", "OPEN"), _negated=True),
                                _connector="OR",
                            ),
                            name="listing_set_aside_is_not_open",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ("OPEN", "PAUSED"))),
                            fields=("resource",),
                            name="resource_is_listed_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="CapacitySlot",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("listing_seq", models.BigIntegerField(editable=False)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("total_milli", models.BigIntegerField()),
                    ("free_milli", models.BigIntegerField()),
                    (
                        "listing",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["listing", "ends_at", "starts_at"], name="slot_by_time"
                        ),
                        models.Index(fields=["ends_at"], name="slot_by_end"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("free_milli__gte", 0), ("free_milli__lte", models.F("total_milli"))
                            ),
                            name="slot_free_within_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="slot_ends_after_start",
                        ),
                        django.contrib.postgres.constraints.ExclusionConstraint(
                            expressions=[
                                (
                                    models.Func(
                                        models.F("listing_seq"),
                                        models.F("listing_seq"),
                                        models.Value("[]"),
                                        function="int8range",
                                    ),
                                    "&&",
                                ),
                                (
                                    models.Func(
                                        models.F("starts_at"),
                                        models.F("ends_at"),
                                        function="tstzrange",
                                    ),
                                    "&&",
                                ),
                            ],
                            name="slots_never_overlap",
                        ),
                    ],
                },
            ),
        ]
    )
