"""Facts are append-only and walled by tenant; a reading's meter and provider are one key."""

from django.db import migrations

from common.rls import owned_by, protect
from metering.immutable import append_only


class Migration(migrations.Migration):
    dependencies = [("metering", "0003_meters_and_usage")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE metering_reading ADD CONSTRAINT reading_of_meter_and_provider
                FOREIGN KEY (meter_id, provider_id) REFERENCES metering_meter (id, provider_id);
            CREATE SEQUENCE metering_usage_sequence AS bigint;
            """,
            """
            DROP SEQUENCE metering_usage_sequence;
            ALTER TABLE metering_reading DROP CONSTRAINT reading_of_meter_and_provider;
            """,
        ),
        append_only("metering_reading"),
        append_only("metering_usagerecord"),
        append_only("metering_capacitycertificate"),
        protect("metering_meter", visible=owned_by("provider_id")),
        protect("metering_reading", visible=owned_by("provider_id")),
        protect("metering_window", visible=owned_by("provider_id")),
        protect("metering_usagerecord", visible=owned_by("provider_id")),
        # A certificate is public evidence; only the platform's own duties write one.
        protect(
            "metering_capacitycertificate",
            visible="true",
            writable=owned_by("verifier_id"),
        ),
    ]
