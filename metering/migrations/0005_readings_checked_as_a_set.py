"""
Check once a statement, not once a row, that readings belong to a meter of their provider.

The foreign key cost a third of taking a batch. A meter's identity never changes and no meter is
ever removed, so what is checked when readings arrive stays true.
"""

from django.db import migrations

FOREIGN_KEY = """
    ALTER TABLE metering_reading ADD CONSTRAINT reading_of_meter_and_provider
        FOREIGN KEY (meter_id, provider_id) REFERENCES metering_meter (id, provider_id);
"""


class Migration(migrations.Migration):
    dependencies = [("metering", "0004_walls_and_facts")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE metering_reading DROP CONSTRAINT reading_of_meter_and_provider;

            CREATE FUNCTION metering_require_own_meters() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (
                    SELECT FROM (SELECT DISTINCT meter_id, provider_id FROM arrived) reading
                    WHERE NOT EXISTS (
                        SELECT FROM metering_meter meter
                        WHERE meter.id = reading.meter_id
                          AND meter.provider_id = reading.provider_id
                    )
                ) THEN
                    RAISE EXCEPTION 'a reading names no meter of its provider'
                        USING ERRCODE = 'foreign_key_violation';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER metering_reading_of_own_meter AFTER INSERT ON metering_reading
                REFERENCING NEW TABLE AS arrived
                FOR EACH STATEMENT EXECUTE FUNCTION metering_require_own_meters();

            CREATE TRIGGER metering_meter_stays
                BEFORE DELETE OR TRUNCATE ON metering_meter
                FOR EACH STATEMENT EXECUTE FUNCTION metering_refuse_change();
            CREATE TRIGGER metering_meter_is_fixed
                BEFORE UPDATE OF id, provider_id, resource_id, metric_id, rule_version_id
                ON metering_meter
                FOR EACH STATEMENT EXECUTE FUNCTION metering_refuse_change();
            """,
            f"""
            DROP TRIGGER metering_meter_is_fixed ON metering_meter;
            DROP TRIGGER metering_meter_stays ON metering_meter;
            DROP TRIGGER metering_reading_of_own_meter ON metering_reading;
            DROP FUNCTION metering_require_own_meters();
            {FOREIGN_KEY}
            """,
        ),
    ]
