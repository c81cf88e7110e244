"""Contracts end as buyer and provider agreed on, where that is written down."""

from django.db import migrations

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0016_contracts_may_be_preempted"),
        ("fulfilment", "0009_providers_answer"),
    ]

    operations = bounded(
        [
            *functions("marketplace.settlement", "settlement_end_as_agreed"),
            row_trigger(
                "settlement_earlyend",
                "early_end_as_agreed",
                when="BEFORE INSERT",
                function="settlement_end_as_agreed",
            ),
        ]
    )
