"""What the market's shelves promise, and who sees what."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = bounded(
        [
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
                options={
                    "indexes": [
                        models.Index(fields=["listing", "starts_at"], name="allocation_by_listing"),
                        models.Index(fields=["provider", "-id"], name="allocation_of_provider"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("milli__gt", 0)), name="allocation_is_positive"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="allocation_ends_after_start",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("released_at__isnull", True), ("state", "HELD")),
                                models.Q(("released_at__isnull", False), ("state", "RELEASED")),
                                _connector="OR",
                            ),
                            name="allocation_released_at_a_time",
                        ),
                    ],
                },
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
                    ]
                },
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
