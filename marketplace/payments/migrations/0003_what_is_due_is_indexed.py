"""What is due is found by an index."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_desk")]
    operations = bounded(
        [
            migrations.AddIndex(
                model_name="reconciliation",
                index=models.Index(
                    condition=models.Q(("due_at__isnull", False)),
                    fields=["due_at"],
                    name="reconciliation_is_due",
                ),
            ),
        ]
    )
