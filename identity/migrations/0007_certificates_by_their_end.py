"""Those whose certificate ends soon are found by an index."""

from django.db import migrations, models
from django.db.models import Q

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_certificates_of_all_kinds")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="smecertificate",
                index=models.Index(
                    fields=["valid_to"],
                    condition=Q(revoked_at__isnull=True),
                    name="sme_certificate_by_end",
                ),
            ),
        ]
    )
