"""What settlement lets go of is free again under the caps of the buyer."""

from django.db import migrations

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("budgets", "0001_initial"),
        ("settlement", "0007_contracts_end_early"),
    ]

    operations = bounded(
        [
            *functions("marketplace.settlement", "settlement_gives_back_caps"),
            script("marketplace.settlement", "caps.sql", reverse="caps_gone.sql"),
        ]
    )
