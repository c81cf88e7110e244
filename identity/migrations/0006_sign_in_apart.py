"""Keep what opens accounts, and who may do what, from all statements but those that are meant to."""

from django.db import migrations

from common.rls import IS_PLATFORM, protect
from common.sql_files import function, row_trigger

IS_SIGN_IN = "(SELECT suanpan_is_sign_in())"
HASHES = """
    CREATE TABLE identity_passwordhash (
        user_id bigint PRIMARY KEY REFERENCES identity_user ON DELETE CASCADE
            DEFERRABLE INITIALLY DEFERRED,
        hash text NOT NULL
    );
    REVOKE ALL ON identity_passwordhash FROM suanpan_app;
"""
# Every row is written once more, so that the trigger puts its hash aside.
PUT_ASIDE = "UPDATE identity_user SET password = password WHERE password NOT LIKE '!%'"
TAKE_BACK = """
    UPDATE identity_user u SET password = h.hash
    FROM identity_passwordhash h WHERE h.user_id = u.id
"""
# Roles and credentials are given by the market in somebody's name, not by a tenant's statement.
GIVEN = ("identity_membership", "identity_apikey", "identity_meteringagent")
ADMINISTRATION = (
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_admin_log",
    "django_content_type",
    "django_migrations",
    "identity_identifierprofile",
    "identity_user_groups",
    "identity_user_user_permissions",
)
NARROWER = [
    *(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM suanpan_app" for table in ADMINISTRATION),
    "REVOKE DELETE ON identity_user, identity_organization, identity_apikey,"
    " identity_meteringagent, identity_smecertificate, identity_computeresource FROM suanpan_app",
    "REVOKE UPDATE ON identity_membership, identity_apikey, identity_meteringagent,"
    " identity_smecertificate, identity_organization, identity_idempotencyrecord FROM suanpan_app",
    "GRANT UPDATE (revoked_at) ON identity_apikey, identity_meteringagent TO suanpan_app",
    "GRANT UPDATE (revoked_at, revoked_by_person_id) ON identity_smecertificate TO suanpan_app",
    "GRANT UPDATE (name, name_en, region, industry) ON identity_organization TO suanpan_app",
]
WIDER = [
    *(f"GRANT INSERT, UPDATE, DELETE ON {table} TO suanpan_app" for table in ADMINISTRATION),
    "GRANT UPDATE, DELETE ON identity_user, identity_organization, identity_apikey,"
    " identity_meteringagent, identity_smecertificate, identity_computeresource,"
    " identity_membership, identity_idempotencyrecord TO suanpan_app",
]


def writable(table: str, condition: str, before: str) -> migrations.RunSQL:
    """Return the operation that lets rows be written under another condition."""
    policies = {"insert": "WITH CHECK ({0})", "update": "USING ({0}) WITH CHECK ({0})"}
    policies |= {"delete": "USING ({0})"}
    changes = {verb: f"ALTER POLICY {table}_{verb} ON {table} {of}" for verb, of in policies.items()}
    return migrations.RunSQL(
        sql=[change.format(condition) for change in changes.values()],
        reverse_sql=[change.format(before) for change in changes.values()],
    )


class Migration(migrations.Migration):

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("identity", "0005_sealed_walls"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(HASHES, "DROP TABLE identity_passwordhash"),
        function("identity", "identity_guard_user"),
        function("identity", "identity_keep_password"),
        function("identity", "identity_password", arguments="bigint, text"),
        function("identity", "identity_has_second_factor", arguments="bigint"),
        migrations.RunSQL(migrations.RunSQL.noop, TAKE_BACK),
        row_trigger(
            "identity_user",
            "guarded",
            when="BEFORE INSERT OR UPDATE",
            function="identity_guard_user",
        ),
        row_trigger(
            "identity_user",
            "password_kept",
            when="BEFORE INSERT OR UPDATE OF password",
            function="identity_keep_password",
        ),
        migrations.RunSQL(PUT_ASIDE, migrations.RunSQL.noop),
        protect("account_emailaddress", visible=IS_SIGN_IN),
        protect("account_emailconfirmation", visible=IS_SIGN_IN),
        protect("mfa_authenticator", visible=IS_SIGN_IN),
        *(
            writable(table, IS_PLATFORM, f"{IS_PLATFORM} OR organization_id::text = suanpan_tenant()")
            for table in GIVEN
        ),
        migrations.RunSQL(NARROWER, WIDER),
    ]
