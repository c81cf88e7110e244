"""Receipts without lines are exported."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_an_export_stays_as_asked")]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="export",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("TRADES", "Trade records"),
                        ("CHARGES", "Charges"),
                        ("RECEIPTS", "Receipts without lines"),
                        ("USAGE", "Usage records"),
                        ("CERTIFICATES", "Certificates"),
                        ("INDEX", "Index values"),
                        ("ROUNDS", "Clearing rounds"),
                        ("DECISIONS", "Decisions about windows"),
                        ("EVENTS", "Events"),
                        ("LEDGER", "Ledger transfers"),
                    ],
                    max_length=12,
                ),
            ),
        ]
    )
