"""The hardware that resources name, each by one at a time."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations import RunSQL

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0007_certificates_by_their_end"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="HardwareSerial",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("provider_id", models.UUIDField()),
                    ("serial_hash", models.CharField(max_length=64)),
                    ("is_current", models.BooleanField(default=True)),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="hardware",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_current", True)),
                            fields=("serial_hash",),
                            name="hardware_serial_once",
                        )
                    ],
                },
            ),
            protect(
                "identity_hardwareserial", visible=owned_by("provider_id"), writable=IS_PLATFORM
            ),
            RunSQL(
                "REVOKE DELETE ON identity_hardwareserial FROM suanpan_app",
                "GRANT DELETE ON identity_hardwareserial TO suanpan_app",
            ),
        ]
    )
