"""A stated order by which prices are compared, and what it comes to for each listing."""

import datetime
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import common.checks
from common.rls import IS_PLATFORM, protect
from common.sql_files import append_only, bounded, function, functions

FIRST = """
    INSERT INTO catalog_referenceorder
        (number, content, content_hash, reason, starts_at, published_at)
    VALUES (1, '{"units_milli": {"AI": 8000, "GENERAL": 64000, "HPC": 1000}, "hours": 168,
        "weekday": 1, "begins": "00:00", "zone": "Asia/Shanghai", "gb_per_standard_hour": "0.1",
        "places": ["CKG", "GAN", "HLG", "QYG", "SGN", "TFU", "WHU", "YDA", "ZHW", "ZJK"]}',
        '011160fcfa4c896ba5b2878675c1c5b316f17fb524ef6aaca46868c36e7d162d',
        '首个版本：一整周，涵盖一周内各时段。 | The first: a week, so that every time is in it.',
        '2023-01-01T00:00:00Z', '2023-01-01T00:00:00Z');
"""
TRIGGERS = """
    CREATE TRIGGER listing_all_in_due AFTER INSERT ON catalog_listing
        FOR EACH ROW EXECUTE FUNCTION catalog_all_in_due();
    CREATE TRIGGER listing_all_in_due_anew AFTER UPDATE ON catalog_listing FOR EACH ROW
        WHEN ((OLD.plan_version_id, OLD.standard_factor, OLD.total_milli, OLD.least_milli,
               OLD.step_milli, OLD.least_seconds, OLD.step_seconds, OLD.pue, OLD.region,
               OLD.hub, OLD.verification_level, OLD.resource_class, OLD.rule_version_id)
              IS DISTINCT FROM
              (NEW.plan_version_id, NEW.standard_factor, NEW.total_milli, NEW.least_milli,
               NEW.step_milli, NEW.least_seconds, NEW.step_seconds, NEW.pue, NEW.region,
               NEW.hub, NEW.verification_level, NEW.resource_class, NEW.rule_version_id))
        EXECUTE FUNCTION catalog_all_in_due();
    CREATE TRIGGER book_all_in_due AFTER UPDATE ON catalog_book FOR EACH ROW
        WHEN ((OLD.least_milli, OLD.step_milli, OLD.least_seconds, OLD.step_seconds)
              IS DISTINCT FROM
              (NEW.least_milli, NEW.step_milli, NEW.least_seconds, NEW.step_seconds))
        EXECUTE FUNCTION catalog_all_in_of_book_due();
    CREATE TRIGGER paths_all_in_due AFTER INSERT ON pricing_path
        REFERENCING NEW TABLE AS published
        FOR EACH STATEMENT EXECUTE FUNCTION catalog_all_in_of_paths_due();
"""
TRIGGERS_GONE = """
    DROP TRIGGER paths_all_in_due ON pricing_path;
    DROP TRIGGER book_all_in_due ON catalog_book;
    DROP TRIGGER listing_all_in_due_anew ON catalog_listing;
    DROP TRIGGER listing_all_in_due ON catalog_listing;
"""
EARLIER = """
    INSERT INTO catalog_allinprice (listing_id, place, reference, units_milli, seconds,
        plan_per_standard_hour, path_per_standard_hour, computed_at)
    SELECT id, '', 1, least(total_milli, 1000), 3600, price_per_standard_hour, 0, now()
    FROM catalog_listing WHERE state <> 'CLOSED';
    INSERT INTO catalog_allindue (listing_id, due_at)
    SELECT id, now() FROM catalog_listing WHERE state <> 'CLOSED';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_quotes_say_known_facts"),
        ("pricing", "0007_plans_say_terms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            function("marketplace.catalog", "catalog_reference_is_sound"),
            migrations.CreateModel(
                name="AllInDue",
                fields=[
                    (
                        "listing",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="catalog.listing",
                        ),
                    ),
                    ("due_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["due_at"], name="all_in_due")],
                },
            ),
            migrations.CreateModel(
                name="AllInPrice",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "listing_id",
                            "place",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "place",
                        models.CharField(
                            blank=True,
                            help_text="a hub; empty: where the listing stands",
                            max_length=8,
                        ),
                    ),
                    ("reference", models.PositiveIntegerField()),
                    ("units_milli", models.BigIntegerField()),
                    ("seconds", models.PositiveIntegerField()),
                    (
                        "gross_minor",
                        models.BigIntegerField(
                            help_text="the plan's price of the order", null=True
                        ),
                    ),
                    (
                        "standard_hours",
                        models.DecimalField(decimal_places=12, max_digits=38, null=True),
                    ),
                    (
                        "plan_per_standard_hour",
                        models.DecimalField(decimal_places=6, max_digits=16, null=True),
                    ),
                    (
                        "path_per_standard_hour",
                        models.DecimalField(decimal_places=6, max_digits=16, null=True),
                    ),
                    (
                        "per_standard_hour",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.expressions.CombinedExpression(
                                models.F("plan_per_standard_hour"),
                                "+",
                                models.F("path_per_standard_hour"),
                            ),
                            output_field=models.DecimalField(
                                decimal_places=6, max_digits=16, null=True
                            ),
                        ),
                    ),
                    (
                        "sort_price",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.functions.comparison.Coalesce(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("plan_per_standard_hour"),
                                    "+",
                                    models.F("path_per_standard_hour"),
                                ),
                                models.Value(Decimal(9999999999)),
                            ),
                            help_text="what has no such price sorts last",
                            output_field=models.DecimalField(decimal_places=6, max_digits=16),
                        ),
                    ),
                    ("computed_at", models.DateTimeField()),
                    (
                        "listing",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="all_in_prices",
                            to="catalog.listing",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["place", "sort_price", "listing"], name="all_in_by_price"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReferenceOrder",
                fields=[
                    ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                    ("content", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("reason", models.CharField(max_length=500)),
                    ("starts_at", models.DateTimeField(unique=True)),
                    ("published_at", models.DateTimeField()),
                    (
                        "published_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("number", 1),
                                (
                                    "starts_at__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("published_at"),
                                        "+",
                                        models.Value(datetime.timedelta(days=7)),
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="reference_order_has_notice",
                        ),
                        models.CheckConstraint(
                            condition=common.checks.Sound(
                                models.F("content"), function="catalog_reference_is_sound"
                            ),
                            name="reference_order_is_sound",
                        ),
                    ],
                },
            ),
            migrations.RunSQL(sql=FIRST, reverse_sql=migrations.RunSQL.noop),
            # What is on the market already shows what its plan says until it was computed.
            migrations.RunSQL(sql=EARLIER, reverse_sql=migrations.RunSQL.noop),
            append_only("catalog_referenceorder"),
            protect("catalog_referenceorder", visible="true", writable=IS_PLATFORM),
            protect("catalog_allinprice", visible="true", writable=IS_PLATFORM),
            migrations.RunSQL(
                sql="REVOKE DELETE ON catalog_allinprice FROM suanpan_app;",
                reverse_sql=migrations.RunSQL.noop,
            ),
            *functions(
                "marketplace.catalog",
                "catalog_all_in_due",
                "catalog_all_in_of_book_due",
                "catalog_all_in_of_paths_due",
            ),
            migrations.RunSQL(sql=TRIGGERS, reverse_sql=TRIGGERS_GONE),
        ]
    )
