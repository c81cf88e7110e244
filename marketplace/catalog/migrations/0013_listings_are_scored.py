"""Listings bear the newest scores of what they sell, and what a rule stopped comes back by it."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0012_tokens_a_second"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ListingQuality",
                fields=[
                    (
                        "listing",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="quality",
                            serialize=False,
                            to="catalog.listing",
                        ),
                    ),
                    ("credibility", models.PositiveSmallIntegerField(null=True)),
                    ("stability", models.PositiveSmallIntegerField(null=True)),
                    ("availability_ppm", models.PositiveIntegerField(null=True)),
                    ("day", models.DateField(help_text="the last of the days that it is of")),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["-stability", "listing"], name="listing_quality_by_stability"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("credibility__isnull", True),
                                    ("credibility__lte", 1000),
                                    _connector="OR",
                                ),
                                models.Q(
                                    ("stability__isnull", True),
                                    ("stability__lte", 1000),
                                    _connector="OR",
                                ),
                            ),
                            name="listing_quality_within_whole",
                        )
                    ],
                },
            ),
            new_version("marketplace.catalog", "catalog_listings_obey", version=2),
            migrations.RunSQL(
                "REVOKE DELETE ON catalog_listingquality FROM suanpan_app",
                "GRANT DELETE ON catalog_listingquality TO suanpan_app",
            ),
            protect("catalog_listingquality", visible="true", writable=IS_PLATFORM),
        ]
    )
