"""Contracts keep the facts that the factors of their plans ask, and what each rests on."""

from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0008_price_groups"),
        ("settlement", "0012_raw_readings_stay_until_settled"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="contract",
                name="price_facts",
                field=models.JSONField(
                    db_default={},
                    default=dict,
                    help_text="the facts that factors of its plan ask, each with what it rests on",
                ),
            ),
            *functions("marketplace.settlement", "settlement_facts_as_known"),
            row_trigger(
                "settlement_contract",
                "contract_facts_as_known",
                when="BEFORE INSERT",
                function="settlement_facts_as_known",
            ),
        ]
    )
