"""Reports, certificates, levels, assessments, challenges and cross-checks with power."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0009_keys_of_one_program"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Certificate",
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
                        "level",
                        models.PositiveSmallIntegerField(
                            choices=[
                                (1, "Declared by the provider"),
                                (2, "Measured by the agent"),
                                (3, "Verified by a third party"),
                            ]
                        ),
                    ),
                    ("benchmark", models.CharField(max_length=80)),
                    ("benchmark_version", models.CharField(blank=True, max_length=40)),
                    ("figures", models.JSONField()),
                    ("conditions", models.JSONField(default=dict)),
                    (
                        "repeats",
                        models.PositiveIntegerField(
                            default=1, help_text="of the figure measured least"
                        ),
                    ),
                    (
                        "spread",
                        models.DecimalField(
                            decimal_places=4,
                            help_text="of the figure that varied most",
                            max_digits=9,
                            null=True,
                        ),
                    ),
                    ("document", models.BinaryField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("signature", models.CharField(blank=True, max_length=88)),
                    ("public_key", models.CharField(blank=True, max_length=44)),
                    ("rule", models.CharField(blank=True, max_length=40)),
                    ("measured_at", models.DateTimeField()),
                    ("valid_from", models.DateTimeField()),
                    ("valid_to", models.DateTimeField(help_text="exclusive")),
                    ("issued_at", models.DateTimeField()),
                    (
                        "recorded_in",
                        models.BigIntegerField(
                            db_default=django.db.models.functions.comparison.Cast(
                                django.db.models.functions.comparison.Cast(
                                    models.Func(function="pg_current_xact_id"), models.TextField()
                                ),
                                models.BigIntegerField(),
                            ),
                            editable=False,
                            help_text="the transaction that recorded it, set by the database",
                        ),
                    ),
                    (
                        "agent",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CheckedDay",
                fields=[
                    ("day", models.DateField(primary_key=True, serialize=False)),
                    ("rule", models.CharField(max_length=40)),
                    ("resources", models.PositiveIntegerField()),
                    ("found", models.PositiveIntegerField()),
                    ("checked_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="DrawDay",
                fields=[
                    ("day", models.DateField(primary_key=True, serialize=False)),
                    ("seed", models.BinaryField(max_length=32)),
                    ("commitment", models.CharField(max_length=64)),
                    ("drawn_at", models.DateTimeField()),
                    ("resources", models.PositiveIntegerField(default=0)),
                    ("challenges", models.PositiveIntegerField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name="Assessor",
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
                    ("accreditation", models.CharField(max_length=80)),
                    ("valid_from", models.DateTimeField()),
                    ("valid_to", models.DateTimeField(help_text="exclusive")),
                    ("named_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "named_by",
                        models.ForeignKey(
                            null=True,
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
            ),
            migrations.CreateModel(
                name="ThirdPartyAssessment",
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
                        "state",
                        models.CharField(
                            choices=[
                                ("ASKED", "Asked for"),
                                ("RECORDED", "Waits for a decision"),
                                ("GRANTED", "Granted"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="ASKED",
                            max_length=9,
                        ),
                    ),
                    ("note", models.CharField(blank=True, max_length=500)),
                    ("asked_at", models.DateTimeField()),
                    ("recorded_at", models.DateTimeField(null=True)),
                    ("content", models.JSONField(null=True)),
                    ("document", models.BinaryField(null=True)),
                    ("document_name", models.CharField(blank=True, max_length=200)),
                    ("signature", models.CharField(blank=True, max_length=88)),
                    ("public_key", models.CharField(blank=True, max_length=44)),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    (
                        "asked_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "assessor_organization",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "decided_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "decided_for",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "recorded_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                    (
                        "assessor",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering_verifying.assessor",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CertificateEnd",
                fields=[
                    (
                        "certificate",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="end",
                            serialize=False,
                            to="metering_verifying.certificate",
                        ),
                    ),
                    (
                        "because",
                        models.CharField(
                            choices=[
                                ("DECLARED", "declared"),
                                ("MEASURED", "a probe was accepted"),
                                ("ASSESSED", "a third party verified it"),
                                ("EXPIRED", "the certificate expired"),
                                ("MISSED", "a challenge was not answered in time"),
                                ("BELOW", "a challenge fell below the certificate"),
                                ("REVOKED", "the certificate was revoked"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("note", models.CharField(blank=True, max_length=500)),
                    ("ended_at", models.DateTimeField()),
                ],
            ),
            migrations.AddField(
                model_name="certificate",
                name="assessment",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="certificate",
                    to="metering_verifying.thirdpartyassessment",
                ),
            ),
            migrations.AddField(
                model_name="certificate",
                name="issuer",
                field=models.ForeignKey(
                    help_text="who says so",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="certificate",
                name="provider",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="certificate",
                name="resource",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.computeresource",
                ),
            ),
            migrations.CreateModel(
                name="Challenge",
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
                    ("day", models.DateField()),
                    ("nonce", models.CharField(max_length=64, unique=True)),
                    ("opens_at", models.DateTimeField()),
                    ("deadline_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("DRAWN", "Drawn"),
                                ("OPEN", "Waits for the agent"),
                                ("PASSED", "Passed"),
                                ("BELOW", "Below the certificate"),
                                ("MISSED", "Missed"),
                                ("DROPPED", "No longer asked"),
                            ],
                            default="DRAWN",
                            max_length=7,
                        ),
                    ),
                    ("measured", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                    ("expected", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                    ("problems", models.JSONField(default=list)),
                    ("settled_at", models.DateTimeField(null=True)),
                    (
                        "provider",
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
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
            ),
        ]
    )
