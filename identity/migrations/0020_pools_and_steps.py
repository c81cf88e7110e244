"""Owners' codes and pools that nodes allot; the steps of resources with their reasons."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0019_passkeys_are_a_second_factor"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="OwnerCode",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("node", models.CharField(max_length=20)),
                    ("code", models.CharField(max_length=20)),
                    ("allotted_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Pool",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("code", models.CharField(max_length=20)),
                    ("prefix", models.CharField(max_length=96, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    ("resources_max", models.PositiveIntegerField()),
                    (
                        "registered",
                        models.PositiveIntegerField(
                            default=0, help_text="counted by a trigger alone"
                        ),
                    ),
                    ("allotted_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "owner_code",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="pools",
                            to="identity.ownercode",
                        ),
                    ),
                    (
                        "profile",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.identifierprofile",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ResourceEvent",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("sequence", models.PositiveIntegerField()),
                    ("status_before", models.CharField(max_length=10)),
                    ("status_after", models.CharField(max_length=10)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    ("effective_at", models.DateTimeField()),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="steps",
                            to="identity.computeresource",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="ownercode",
                constraint=models.UniqueConstraint(fields=("node", "code"), name="owner_code_once"),
            ),
            migrations.AddConstraint(
                model_name="ownercode",
                constraint=models.UniqueConstraint(
                    fields=("node", "organization"), name="owner_has_one_code"
                ),
            ),
            migrations.AddIndex(
                model_name="pool",
                index=models.Index(fields=["organization", "-id"], name="pools_of_organization"),
            ),
            migrations.AddConstraint(
                model_name="pool",
                constraint=models.UniqueConstraint(
                    fields=("owner_code", "code"), name="pool_code_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="pool",
                constraint=models.CheckConstraint(
                    condition=models.Q(("registered__lte", models.F("resources_max"))),
                    name="pool_within_its_limit",
                ),
            ),
            migrations.AddConstraint(
                model_name="resourceevent",
                constraint=models.UniqueConstraint(
                    fields=("resource", "sequence"), name="resource_step_once"
                ),
            ),
            *functions("identity", "identity_count_in_pool", "identity_note_status"),
            script("identity", "pools.sql", reverse="pools_gone.sql"),
            protect("identity_ownercode", visible="true", writable=IS_PLATFORM),
            protect("identity_resourceevent", visible="true"),
            protect("identity_pool", visible="true", writable=owned_by("organization_id")),
        ]
    )
