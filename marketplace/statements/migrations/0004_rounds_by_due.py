"""Rounds of statements that are due are found by an index."""

from django.db import migrations, models
from django.db.models import Q

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("statements", "0003_monitors")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="statementround",
                index=models.Index(
                    fields=["due_at"],
                    name="statement_rounds_due",
                    condition=Q(due_at__isnull=False),
                ),
            )
        ]
    )
