"""Whoever sees to a difference may note how far it is; what is under way too long is one."""

from django.db import migrations, models

from common.sql_files import bounded

KINDS = [
    ("UNKNOWN_HERE", "Known there, not here"),
    ("UNKNOWN_THERE", "Known here, not there"),
    ("AMOUNT", "Another amount or currency"),
    ("FOREIGN", "Another account or mode"),
    ("LATE", "Nobody told of it"),
    ("STATE", "Another state"),
    ("DISPUTED", "Contested by the payer"),
    ("TO_BANK", "On its way to the bank"),
    ("CLEARING", "Clearing does not add up"),
    ("STALE", "Under way for more than a day"),
    ("LINE", "Unmatched for more than a day"),
]


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_what_is_due_is_indexed")]
    operations = bounded(
        [
            migrations.AddField(
                model_name="moneydifference",
                name="note",
                field=models.CharField(blank=True, default="", max_length=500),
                preserve_default=False,
            ),
            migrations.AddField(
                model_name="moneydifference",
                name="taken_at",
                field=models.DateTimeField(null=True),
            ),
            migrations.AlterField(
                model_name="moneydifference",
                name="kind",
                field=models.CharField(choices=KINDS, max_length=16),
            ),
        ]
    )
