"""What the market's shelves promise, and who sees what."""

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, script
from django.db import migrations, models
import django.contrib.postgres.constraints
import django.contrib.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
                    condition=models.Q(("state", "OPEN")),
                    fields=["sort_price", "id"],
                    name="listing_by_price",
                ),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
                    condition=models.Q(("state", "OPEN")),
                    fields=["resource_class", "sort_price", "id"],
                    name="listing_by_class_and_price",
                ),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
                    condition=models.Q(("state", "OPEN")),
                    fields=["hub", "sort_price", "id"],
                    name="listing_by_hub_and_price",
                ),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
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
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(fields=["book", "chip", "state"], name="listing_by_book"),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
                    condition=models.Q(("state", "OPEN")),
                    fields=["-opened_at", "-id"],
                    name="listing_by_age",
                ),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(fields=["provider", "-id"], name="listing_of_provider"),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=models.Index(
                    condition=models.Q(("review_code", ""), _negated=True),
                    fields=["review_since"],
                    name="listing_needs_review",
                ),
            ),
            migrations.AddIndex(
                model_name="listing",
                index=django.contrib.postgres.indexes.GinIndex(
                    fastupdate=False, fields=["search_grams"], name="listing_by_grams"
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["OPEN", "PAUSED", "CLOSED"])),
                    name="listing_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(("total_milli__gt", 0)), name="listing_offers_something"
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("available_until__isnull", True),
                        ("available_until__gt", models.F("available_from")),
                        _connector="OR",
                    ),
                    name="listing_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
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
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
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
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("least_milli__range", (1, 1000000000)),
                        ("step_milli__range", (1, 1000000000)),
                        ("least_seconds__range", (1, 31622400)),
                        ("step_seconds__range", (1, 31622400)),
                        ("least_minor__range", (1, 1000000000)),
                    ),
                    name="listing_least_is_something",
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(("least_milli__lte", models.F("total_milli"))),
                    name="listing_least_is_on_offer",
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
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
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("review_code", ""),
                        models.Q(("state", "OPEN"), _negated=True),
                        _connector="OR",
                    ),
                    name="listing_set_aside_is_not_open",
                ),
            ),
            migrations.AddConstraint(
                model_name="listing",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ("OPEN", "PAUSED"))),
                    fields=("resource",),
                    name="resource_is_listed_once",
                ),
            ),
            migrations.AddIndex(
                model_name="capacityslot",
                index=models.Index(fields=["listing", "ends_at", "starts_at"], name="slot_by_time"),
            ),
            migrations.AddIndex(
                model_name="capacityslot",
                index=models.Index(fields=["ends_at"], name="slot_by_end"),
            ),
            migrations.AddConstraint(
                model_name="capacityslot",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("free_milli__gte", 0), ("free_milli__lte", models.F("total_milli"))
                    ),
                    name="slot_free_within_total",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityslot",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="slot_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacityslot",
                constraint=django.contrib.postgres.constraints.ExclusionConstraint(
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
                                models.F("starts_at"), models.F("ends_at"), function="tstzrange"
                            ),
                            "&&",
                        ),
                    ],
                    name="slots_never_overlap",
                ),
            ),
            migrations.AddIndex(
                model_name="allocation",
                index=models.Index(fields=["listing", "starts_at"], name="allocation_by_listing"),
            ),
            migrations.AddIndex(
                model_name="allocation",
                index=models.Index(fields=["provider", "-id"], name="allocation_of_provider"),
            ),
            migrations.AddConstraint(
                model_name="allocation",
                constraint=models.CheckConstraint(
                    condition=models.Q(("milli__gt", 0)), name="allocation_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="allocation",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="allocation_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="allocation",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("released_at__isnull", True), ("state", "HELD")),
                        models.Q(("released_at__isnull", False), ("state", "RELEASED")),
                        _connector="OR",
                    ),
                    name="allocation_released_at_a_time",
                ),
            ),
            # What is listed is public, also after it closed: buyers read what they bought. A policy
            # that reads nothing of the row keeps the market's indexes usable (docs/adr/0503).
            protect("catalog_book", visible="true", writable=IS_PLATFORM),
            protect("catalog_listing", visible="true", writable=owned_by("provider_id")),
            protect("catalog_capacityslot", visible="true", writable=IS_PLATFORM),
            protect("catalog_allocation", visible=owned_by("provider_id"), writable=IS_PLATFORM),
            protect("catalog_capacityentry", visible=owned_by("provider_id"), writable=IS_PLATFORM),
            script("marketplace.catalog", "grants.sql"),
        ]
    )
