"""Forms as data, what was begun, and what was answered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0007_certificates_by_their_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="FormDraft",
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
                    ("code", models.CharField(max_length=40)),
                    ("about", models.CharField(blank=True, max_length=80)),
                    ("answers", models.JSONField(default=dict)),
                    ("kept_at", models.DateTimeField()),
                    (
                        "kept_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
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
                        models.UniqueConstraint(
                            fields=("organization", "code", "about"), name="form_draft_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="FormSubmission",
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
                    ("code", models.CharField(max_length=40)),
                    ("version", models.PositiveIntegerField()),
                    ("content_hash", models.CharField(help_text="of the questions", max_length=64)),
                    ("about", models.CharField(blank=True, max_length=80)),
                    ("answers", models.JSONField(default=dict)),
                    (
                        "files",
                        models.JSONField(
                            default=dict, help_text="name and SHA-256 of files, by question"
                        ),
                    ),
                    ("consent_hash", models.CharField(blank=True, max_length=64)),
                    ("submitted_at", models.DateTimeField()),
                    (
                        "organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "submitted_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organization", "code", "-id"],
                            name="submission_by_organization",
                        ),
                        models.Index(fields=["code", "-id"], name="submission_by_form"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("version__gte", 1)),
                            name="form_submission_of_version",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="FormVersion",
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
                    ("code", models.CharField(max_length=40)),
                    ("version", models.PositiveIntegerField()),
                    ("definition", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("published_at", models.DateTimeField()),
                    (
                        "published_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("code", "version"), name="form_version_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("version__gte", 1)), name="form_version_counts"
                        ),
                    ],
                },
            ),
            protect("forms_formversion", visible="true", writable=IS_PLATFORM),
            append_only("forms_formversion"),
            protect("forms_formdraft", visible=owned_by("organization_id")),
            protect("forms_formsubmission", visible=owned_by("organization_id")),
            append_only("forms_formsubmission"),
        ]
    )
