"""Codes give way to others, and resources have further ones; none is ever given twice."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import owned_by, protect
from common.sql_files import append_only, bounded, functions, new_version, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0023_prefixes_are_granted"),
    ]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="computeresource",
                name="status",
                field=models.CharField(
                    choices=[
                        ("REGISTERED", "Registered"),
                        ("ACTIVE", "Active"),
                        ("SUSPENDED", "Suspended"),
                        ("WITHDRAWN", "Withdrawn"),
                        ("RENAMED", "Renamed"),
                    ],
                    default="ACTIVE",
                    max_length=10,
                ),
            ),
            migrations.CreateModel(
                name="CodeAlias",
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
                    ("code", models.CharField(max_length=96, unique=True)),
                    ("profile", models.CharField(max_length=8)),
                    ("prefix", models.CharField(max_length=96)),
                    ("serial", models.CharField(max_length=20)),
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
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="aliases",
                            to="identity.computeresource",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("profile", "prefix", "serial"), name="alias_serial_once"
                        ),
                        models.UniqueConstraint(
                            fields=("resource", "profile"), name="alias_of_a_profile_once"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="CodeRename",
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
                    ("from_code", models.CharField(max_length=96, unique=True)),
                    (
                        "to_codes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=96), size=16
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("rename", "Another code for the same"),
                                ("split", "Split into several"),
                                ("merge", "Merged with others"),
                                ("move", "Moved to another node"),
                            ],
                            max_length=6,
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("renamed_at", models.DateTimeField()),
                    ("renamed_by_id", models.BigIntegerField(null=True)),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("to_codes__len__range", (1, 16))),
                            name="code_renamed_to_some",
                        )
                    ],
                },
            ),
            *functions(
                "identity",
                "identity_rename_follows",
                "identity_alias_is_free",
                "identity_code_is_no_alias",
                "identity_count_aliases",
            ),
            new_version("identity", "identity_note_status", version=2),
            script("identity", "renames_and_aliases.sql", reverse="renames_and_aliases_gone.sql"),
            append_only("identity_coderename"),
            append_only("identity_codealias"),
            protect("identity_coderename", visible="true", writable=owned_by("provider_id")),
            protect("identity_codealias", visible="true", writable=owned_by("organization_id")),
        ]
    )
