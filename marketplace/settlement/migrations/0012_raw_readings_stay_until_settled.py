"""Raw readings stay until what was used with them is charged, settled and sealed."""

from django.db import migrations

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("metering", "0010_months_are_removed"),
        ("privacy", "0001_initial"),
        ("settlement", "0011_contracts_count_in_cells"),
    ]

    operations = bounded(
        [
            *functions(
                "marketplace.settlement", "settlement_month_stands", "settlement_keep_month"
            ),
            script("marketplace.settlement", "keeps_months.sql", reverse="keeps_months_gone.sql"),
        ]
    )
