"""Who may see and write what, and what stays as it was written."""

from django.db import migrations

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, function, recorded_now, row_trigger

ROOM = "metering.verifying"
PUBLIC = ("assessor", "certificate", "certificateend", "levelstanding", "levelchange")
MARKET = ("drawday", "checkedday", "crosscheck")
APPEND_ONLY = ("probereport", "certificate", "certificateend", "levelchange", "crosscheck")


def table(name: str) -> str:
    return f"metering_verifying_{name}"


class Migration(migrations.Migration):
    dependencies = [("metering_verifying", "0002_promises")]

    operations = bounded(
        [
            *(protect(table(each), visible="true", writable=IS_PLATFORM) for each in PUBLIC),
            *(protect(table(each), visible=IS_PLATFORM) for each in MARKET),
            protect(table("probereport"), visible=owned_by("provider_id"), writable=IS_PLATFORM),
            protect(
                table("challenge"),
                visible=f"{IS_PLATFORM} OR (({owned_by('provider_id')}) AND state <> 'DRAWN')",
                writable=IS_PLATFORM,
            ),
            protect(
                table("thirdpartyassessment"),
                visible=owned_by("provider_id", "assessor_organization_id"),
                writable=IS_PLATFORM,
            ),
            *(append_only(table(each)) for each in APPEND_ONLY),
            recorded_now(table("certificate")),
            function(ROOM, "verifying_certificate_rests_on"),
            row_trigger(
                table("certificate"),
                "verifying_certificate_rests",
                when="BEFORE INSERT",
                function="verifying_certificate_rests_on",
            ),
            function(ROOM, "verifying_challenge_keeps"),
            row_trigger(
                table("challenge"),
                "verifying_challenge_settled_once",
                when="BEFORE UPDATE",
                function="verifying_challenge_keeps",
            ),
            function(ROOM, "verifying_assessment_keeps"),
            row_trigger(
                table("thirdpartyassessment"),
                "verifying_assessment_decided_once",
                when="BEFORE UPDATE",
                function="verifying_assessment_keeps",
            ),
            function(ROOM, "verifying_level_by_certificate"),
            row_trigger(
                "identity_computeresource",
                "resource_level_by_certificate",
                when="BEFORE INSERT OR UPDATE OF verification_level",
                function="verifying_level_by_certificate",
            ),
            migrations.RunSQL(
                sql="REVOKE DELETE ON metering_verifying_assessor, metering_verifying_challenge,"
                " metering_verifying_thirdpartyassessment, metering_verifying_levelstanding,"
                " metering_verifying_drawday, metering_verifying_checkedday FROM suanpan_app;",
                reverse_sql="GRANT DELETE ON metering_verifying_assessor,"
                " metering_verifying_challenge, metering_verifying_thirdpartyassessment,"
                " metering_verifying_levelstanding, metering_verifying_drawday,"
                " metering_verifying_checkedday TO suanpan_app;",
            ),
        ]
    )
