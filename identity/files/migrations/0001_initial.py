"""Files of organisations, who may see them, and how many there may be."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import TENANT, owned_by, protect
from common.sql_files import bounded, functions, row_trigger, script

GRANTED = (
    "EXISTS (SELECT FROM files_filegrant g WHERE g.file_id = files_storedfile.id"
    f" AND g.organization_id::text = {TENANT})"
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="FileAllowance",
                fields=[
                    (
                        "organization",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="identity.organization",
                        ),
                    ),
                    ("files", models.BigIntegerField(db_default=0)),
                    ("bytes", models.BigIntegerField(db_default=0)),
                    ("files_max", models.BigIntegerField()),
                    ("bytes_max", models.BigIntegerField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("bytes__gte", 0), ("files__gte", 0)),
                            name="file_allowance_is_counted",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("bytes__lte", models.F("bytes_max")),
                                ("files__lte", models.F("files_max")),
                            ),
                            name="file_allowance_is_kept",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="StoredFile",
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
                    ("name", models.CharField(max_length=120)),
                    ("media_type", models.CharField(help_text="by content", max_length=100)),
                    ("bytes", models.BigIntegerField()),
                    ("sha256", models.CharField(max_length=64)),
                    (
                        "purpose",
                        models.CharField(
                            blank=True, help_text="dotted, by the room that keeps it", max_length=60
                        ),
                    ),
                    (
                        "relied_on_by",
                        models.CharField(
                            blank=True, help_text="what keeps it from being removed", max_length=60
                        ),
                    ),
                    ("uploaded_at", models.DateTimeField()),
                    (
                        "expires_at",
                        models.DateTimeField(help_text="exclusive; empty: it stays", null=True),
                    ),
                    ("removed_at", models.DateTimeField(null=True)),
                    (
                        "swept_at",
                        models.DateTimeField(help_text="since when its content is gone", null=True),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "removed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "uploaded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="FileGrant",
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
                    (
                        "role",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("PROVIDER", "Provider"),
                                ("BUYER", "Buyer"),
                                ("AUDITOR", "Auditor"),
                                ("OPERATOR", "Operator"),
                                ("ISSUER", "Voucher issuer"),
                                ("FINANCE", "Finance"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("granted_at", models.DateTimeField()),
                    (
                        "granted_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organization",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "owner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "file",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="grants",
                            to="files.storedfile",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="storedfile",
                index=models.Index(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=["organization", "-id"],
                    name="file_of_organization",
                ),
            ),
            migrations.AddIndex(
                model_name="storedfile",
                index=models.Index(
                    condition=models.Q(("expires_at__isnull", False), ("removed_at__isnull", True)),
                    fields=["expires_at"],
                    name="file_expiring",
                ),
            ),
            migrations.AddIndex(
                model_name="storedfile",
                index=models.Index(
                    condition=models.Q(("removed_at__isnull", False), ("swept_at__isnull", True)),
                    fields=["removed_at"],
                    name="file_to_be_swept",
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(("bytes__gt", 0)), name="file_is_not_empty"
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="file_is_hashed"
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(("name", ""), _negated=True), name="file_has_a_name"
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("expires_at__isnull", True),
                        ("expires_at__gt", models.F("uploaded_at")),
                        _connector="OR",
                    ),
                    name="file_expires_later",
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("removed_at__isnull", False), ("removed_by__isnull", True), _connector="OR"
                    ),
                    name="file_removed_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("swept_at__isnull", True), ("removed_at__isnull", False), _connector="OR"
                    ),
                    name="file_swept_once_removed",
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("relied_on_by", ""),
                        models.Q(("expires_at__isnull", True), ("removed_at__isnull", True)),
                        _connector="OR",
                    ),
                    name="file_relied_on_stays",
                ),
            ),
            migrations.AddConstraint(
                model_name="storedfile",
                constraint=models.UniqueConstraint(
                    fields=("id", "organization"), name="file_has_one_owner"
                ),
            ),
            migrations.AddIndex(
                model_name="filegrant",
                index=models.Index(fields=["organization", "file"], name="file_grant_to"),
            ),
            migrations.AddConstraint(
                model_name="filegrant",
                constraint=models.UniqueConstraint(
                    fields=("file", "organization", "role"),
                    name="file_granted_once",
                    nulls_distinct=False,
                ),
            ),
            migrations.AddConstraint(
                model_name="filegrant",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "role__in",
                            ["", "PROVIDER", "BUYER", "AUDITOR", "OPERATOR", "ISSUER", "FINANCE"],
                        )
                    ),
                    name="file_grant_role_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="filegrant",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("organization__isnull", False),
                        ("role__in", ["AUDITOR", "FINANCE", "ISSUER", "OPERATOR"]),
                        _connector="OR",
                    ),
                    name="file_granted_to_somebody",
                ),
            ),
            migrations.RunSQL(
                "ALTER TABLE files_filegrant ADD CONSTRAINT file_grant_names_the_owner"
                " FOREIGN KEY (file_id, owner_id) REFERENCES files_storedfile (id, organization_id)",
                "ALTER TABLE files_filegrant DROP CONSTRAINT file_grant_names_the_owner",
            ),
            *functions("identity.files", "files_count", "files_stay"),
            row_trigger(
                "files_storedfile",
                "file_is_counted",
                when="AFTER INSERT OR UPDATE OF removed_at",
                function="files_count",
            ),
            row_trigger(
                "files_storedfile",
                "file_decisions_stay",
                when="BEFORE UPDATE",
                function="files_stay",
            ),
            protect(
                "files_storedfile",
                visible=f"{owned_by('organization_id')} OR {GRANTED}",
                writable=owned_by("organization_id"),
            ),
            protect(
                "files_filegrant",
                visible=owned_by("owner_id", "organization_id"),
                writable=owned_by("owner_id"),
            ),
            protect("files_fileallowance", visible=owned_by("organization_id")),
            script("identity.files", "grants.sql"),
        ]
    )
