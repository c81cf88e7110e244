"""Scores of resources by day, and the listings that a rule took off the market."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0006_disputes"),
        ("catalog", "0013_listings_are_scored"),
        ("identity", "0024_codes_are_renamed"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ListingStop",
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
                    ("rule", models.CharField(max_length=20)),
                    (
                        "availability_ppm",
                        models.PositiveIntegerField(help_text="of 30 days, when it was warned"),
                    ),
                    ("warned_at", models.DateTimeField()),
                    ("stops_at", models.DateTimeField()),
                    ("stopped_at", models.DateTimeField(null=True)),
                    (
                        "ended_at",
                        models.DateTimeField(help_text="when it was above again", null=True),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["provider", "-id"], name="listing_stop_of_provider")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at__isnull", True)),
                            fields=("listing",),
                            name="listing_stop_open_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ResourceScore",
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
                    ("day", models.DateField(help_text="the last of the days that it is of")),
                    ("rule", models.CharField(max_length=20)),
                    (
                        "credibility",
                        models.PositiveSmallIntegerField(
                            help_text="none: no record yet", null=True
                        ),
                    ),
                    (
                        "stability",
                        models.PositiveSmallIntegerField(
                            help_text="none: no record yet", null=True
                        ),
                    ),
                    ("availability_ppm", models.PositiveIntegerField(null=True)),
                    ("inputs", models.JSONField()),
                    ("parts", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("scored_at", models.DateTimeField()),
                    (
                        "provider",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["provider", "day"], name="resource_score_of_provider"),
                        models.Index(fields=["day"], name="resource_score_by_day"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resource", "day"), name="resource_score_once_a_day"
                        ),
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
                            name="resource_score_within_whole",
                        ),
                    ],
                },
            ),
            append_only("assurance_resourcescore"),
            migrations.RunSQL(
                "REVOKE DELETE ON assurance_listingstop FROM suanpan_app",
                "GRANT DELETE ON assurance_listingstop TO suanpan_app",
            ),
            protect("assurance_resourcescore", visible="true", writable=IS_PLATFORM),
            protect("assurance_listingstop", visible=owned_by("provider_id"), writable=IS_PLATFORM),
        ]
    )
