"""Contracts are of less from the moment on that buyer and provider agreed on."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0021_receipts_without_lines"),
        ("fulfilment", "0014_less_is_agreed_on"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ContractReduction",
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
                    ("buyer_id", models.UUIDField()),
                    ("provider_id", models.UUIDField()),
                    (
                        "change_id",
                        models.UUIDField(help_text="the request that both agreed on", unique=True),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("units_milli", models.BigIntegerField(help_text="from then on")),
                    ("agreed_at", models.DateTimeField()),
                    (
                        "contract",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reduction",
                            to="settlement.contract",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("starts_at__gt", models.F("agreed_at")), ("units_milli__gt", 0)
                            ),
                            name="reduction_is_to_come",
                        )
                    ],
                },
            ),
            *functions("marketplace.settlement", "settlement_reduction_as_agreed"),
            row_trigger(
                "settlement_contractreduction",
                "reduction_as_agreed",
                when="BEFORE INSERT",
                function="settlement_reduction_as_agreed",
            ),
            append_only("settlement_contractreduction"),
            protect(
                "settlement_contractreduction",
                visible=owned_by("buyer_id", "provider_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
