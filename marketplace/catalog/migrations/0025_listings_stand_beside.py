"""Storage and a network may stand beside a listing of compute, to be ordered together with it."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0024_prepaid_headlines"),
        ("identity", "0028_pools_are_asked_for"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                "allinprice",
                "path_is_charged",
                models.BooleanField(default=False, db_default=False),
            ),
            migrations.CreateModel(
                name="BesideListing",
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
                        "sold_as",
                        models.CharField(
                            choices=[("storage", "storage"), ("network", "network")], max_length=7
                        ),
                    ),
                    ("since", models.DateTimeField()),
                    (
                        "beside",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
                        ),
                    ),
                    (
                        "listing",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="catalog.listing",
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("listing", "sold_as"), name="beside_once_a_kind"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("sold_as__in", ["storage", "network"])),
                            name="beside_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("listing", models.F("beside")), _negated=True),
                            name="beside_is_another",
                        ),
                    ],
                },
            ),
            *functions(
                "marketplace.catalog",
                "catalog_beside_fits",
                "catalog_beside_leaves",
                "catalog_all_in_beside_due",
            ),
            script("marketplace.catalog", "beside.sql", reverse="beside_gone.sql"),
            protect("catalog_besidelisting", visible="true", writable=owned_by("provider_id")),
        ]
    )
