"""Books, listings and the capacity behind them: the tables."""

from common.sql_files import bounded, script
from decimal import Decimal
from django.db import migrations, models
import common.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison


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
                    ],
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
                                "price_per_standard_hour", models.Value(Decimal("9999999999"))
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
            ),
            migrations.CreateModel(
                name="Allocation",
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
                    ("order_id", models.UUIDField(unique=True)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("milli", models.BigIntegerField()),
                    (
                        "state",
                        models.CharField(
                            choices=[("HELD", "Held"), ("RELEASED", "Released")],
                            default="HELD",
                            max_length=8,
                        ),
                    ),
                    ("allocated_at", models.DateTimeField()),
                    ("released_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CapacityEntry",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("source", models.CharField(blank=True, max_length=80)),
                    (
                        "row",
                        models.CharField(
                            help_text="what the row is known by within its source", max_length=160
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
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("provider", "source", "row"), name="capacity_enters_once"
                        )
                    ],
                },
            ),
        ]
    )
