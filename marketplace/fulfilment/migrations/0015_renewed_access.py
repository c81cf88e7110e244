"""What a buyer asks for anew is found by its provider."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0014_less_is_agreed_on")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="handoverrequest",
                index=models.Index(
                    condition=models.Q(("sequence__gt", 1)),
                    fields=["provider_id", "asked_at"],
                    name="handover_request_renewed",
                ),
            ),
        ]
    )
