from django.db import migrations

from common.canonical import content_hash
from common.rls import IS_PLATFORM, owned_by, protect
from identity.identifiers import profiles

EVERYONE = "true"


def load_profiles(apps, schema_editor):
    """Load the first identifier profile as the repository ships it, codes of chips included."""
    from datetime import UTC, datetime

    definition = profiles.definition("1")
    apps.get_model("identity", "IdentifierProfile").objects.using(
        schema_editor.connection.alias
    ).create(
        version="1",
        definition=definition,
        content_hash=content_hash(definition),
        source=definition["source"],
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


def unload_profiles(apps, schema_editor):
    apps.get_model("identity", "IdentifierProfile").objects.using(
        schema_editor.connection.alias
    ).filter(version="1").delete()


class Migration(migrations.Migration):

    dependencies = [("identity", "0002_register")]

    operations = [
        migrations.RunPython(load_profiles, unload_profiles),
        # Public registers: names of legal entities, resources, profiles. Only their owner, or the
        # platform, may write.
        protect(
            "identity_organization",
            visible=EVERYONE,
            writable=owned_by("id"),
        ),
        protect(
            "identity_computeresource", visible=EVERYONE, writable=owned_by("provider_id")
        ),
        protect("identity_identifierprofile", visible=EVERYONE, writable=IS_PLATFORM),
        # Private to the organisation.
        protect("identity_membership", visible=owned_by("organization_id")),
        protect("identity_apikey", visible=owned_by("organization_id")),
        protect("identity_meteringagent", visible=owned_by("organization_id")),
        protect(
            "identity_smecertificate", visible=owned_by("organization_id"), writable=IS_PLATFORM
        ),
        protect("identity_idempotencyrecord", visible=owned_by("organization_id")),
    ]
