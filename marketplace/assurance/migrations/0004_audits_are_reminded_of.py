"""Audits whose day is near, or past, are called to mind."""

from django.db import migrations, models

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [("assurance", "0003_capacity_audits")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="capacityaudit",
                name="reminded_days",
                field=models.PositiveSmallIntegerField(
                    help_text="days that were left when people were last told; 0: overdue",
                    null=True,
                ),
            ),
            migrations.AddIndex(
                model_name="capacityaudit",
                index=models.Index(
                    condition=models.Q(("state__in", ("CONCLUDED", "CANCELLED")), _negated=True),
                    fields=["due_on", "id"],
                    name="audit_by_due_day",
                ),
            ),
            script(
                "marketplace.assurance",
                "audits_are_reminded_of.sql",
                reverse="audits_are_reminded_of_gone.sql",
            ),
        ]
    )
