"""Contracts of what clears under a policy of readiness are charged only while it is delivered."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0001_initial"),
        ("settlement", "0009_long_contracts_hold_in_parts"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="contract",
                name="is_ready_to_bill",
                field=models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="charged only while its delivery runs",
                ),
            ),
            migrations.AddIndex(
                model_name="contract",
                index=models.Index(
                    condition=models.Q(("is_ready_to_bill", True), ("state", "ACTIVE")),
                    fields=["order"],
                    name="contract_of_delivery",
                ),
            ),
        ]
    )
