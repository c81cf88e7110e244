-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON identity_computeresource, identity_organizationtie, identity_user
    FROM suanpan_app;
REVOKE UPDATE ON identity_idempotencyrecord, identity_membership FROM suanpan_app;
REVOKE UPDATE, DELETE ON identity_apikey, identity_meteringagent, identity_organization,
    identity_smecertificate FROM suanpan_app;
REVOKE INSERT, UPDATE, DELETE ON auth_group, auth_group_permissions, auth_permission,
    django_content_type, django_migrations, identity_identifierprofile,
    identity_user_groups, identity_user_user_permissions FROM suanpan_app;
GRANT UPDATE (name, name_en, region, industry) ON identity_organization TO suanpan_app;
GRANT UPDATE (revoked_at) ON identity_apikey, identity_meteringagent TO suanpan_app;
GRANT UPDATE (revoked_at, revoked_by_person_id) ON identity_smecertificate TO suanpan_app;
