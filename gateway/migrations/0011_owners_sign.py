"""Owners sign what is registered, with the node; codes that gave way and further codes are signed."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0010_grants_are_signed"),
        ("identity", "0024_codes_are_renamed"),
    ]

    operations = bounded(
        [
            migrations.AlterField(
                model_name="duesigning",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("record", "record"),
                        ("grant", "grant"),
                        ("rename", "rename"),
                        ("binding", "binding"),
                    ],
                    max_length=8,
                ),
            ),
            migrations.CreateModel(
                name="EntryAlias",
                fields=[
                    ("code", models.CharField(max_length=96, primary_key=True, serialize=False)),
                    ("first_code", models.CharField(max_length=96)),
                    ("authority", models.CharField(max_length=6)),
                ],
            ),
            migrations.CreateModel(
                name="OwnerKey",
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
                    ("owner", models.CharField(help_text="what the owner signs as", max_length=64)),
                    ("public_key", models.BinaryField(max_length=32)),
                    (
                        "custody",
                        models.CharField(
                            choices=[
                                ("own", "Kept by the owner"),
                                ("custodial", "Kept by the node"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("begun_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("added_by_id", models.BigIntegerField(null=True)),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organization", "-id"], name="owner_key_by_owner")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("owner", "public_key"), name="owner_key_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("ended_at__isnull", True),
                                ("ended_at__gte", models.F("begun_at")),
                                _connector="OR",
                            ),
                            name="owner_key_ends_after_it_begins",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="OwnerLine",
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
                    ("digest", models.CharField(max_length=71)),
                    ("line", models.CharField(max_length=300)),
                    ("signed_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("digest",), name="owner_line_once")
                    ],
                },
            ),
            *functions(
                "gateway",
                "gateway_note_renamed",
                "gateway_note_owner_key",
                "gateway_note_alias",
                "gateway_owner_key_keeps",
            ),
            script("gateway", "owners_sign.sql", reverse="owners_sign_gone.sql"),
            append_only("gateway_ownerline"),
            protect("gateway_ownerkey", visible="true", writable=owned_by("organization_id")),
            protect("gateway_ownerline", visible="true", writable=owned_by("organization_id")),
            protect("gateway_entryalias", visible="true", writable=IS_PLATFORM),
        ]
    )
