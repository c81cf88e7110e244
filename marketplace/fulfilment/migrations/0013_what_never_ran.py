"""Where it is found what failed before it ever ran."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0012_sealed_access")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="computedelivery",
                index=models.Index(
                    condition=models.Q(("ready_at__isnull", True), ("state", "FAILED")),
                    fields=["changed_at", "id"],
                    name="delivery_never_ran",
                ),
            ),
        ]
    )
