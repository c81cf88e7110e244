"""Credits of service levels are compared with their evaluations once a statement."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("assurance", "0008_disputes_name_their_subject")]

    operations = bounded(
        [
            *functions("marketplace.assurance", "assurance_credits_complete"),
            migrations.RunSQL(
                "DROP TRIGGER credit_completes_its_month ON assurance_levelcredit;"
                "CREATE TRIGGER credit_completes_its_month AFTER INSERT ON assurance_levelcredit"
                " REFERENCING NEW TABLE AS made"
                " FOR EACH STATEMENT EXECUTE FUNCTION assurance_credits_complete();",
                "DROP TRIGGER credit_completes_its_month ON assurance_levelcredit;"
                "CREATE TRIGGER credit_completes_its_month BEFORE INSERT ON assurance_levelcredit"
                " FOR EACH ROW EXECUTE FUNCTION assurance_credit_completes();",
            ),
        ]
    )
