"""An applicant writes applications and nothing that comes of them, in the database, too."""

from django.db import migrations

from common.rls import IS_PLATFORM, owned_by

WRITES = f"({owned_by('applicant_id')}) AND ({IS_PLATFORM} OR state = 'APPLIED')"
OWN = owned_by("applicant_id")


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0001_programmes")]

    operations = [
        migrations.RunSQL(
            f"""
            ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK ({WRITES});
            ALTER POLICY vouchers_application_update ON vouchers_application
                USING ({IS_PLATFORM}) WITH CHECK ({IS_PLATFORM});
            ALTER POLICY vouchers_application_delete ON vouchers_application
                USING ({IS_PLATFORM});
            """,
            f"""
            ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK ({OWN});
            ALTER POLICY vouchers_application_update ON vouchers_application
                USING ({OWN}) WITH CHECK ({OWN});
            ALTER POLICY vouchers_application_delete ON vouchers_application USING ({OWN});
            """,
        )
    ]
