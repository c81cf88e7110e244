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
                name="Assessment",
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
                    to="metering_verifying.assessment",
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
            migrations.CreateModel(
                name="CrossCheck",
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
                    ("rule", models.CharField(max_length=40)),
                    ("rule_hash", models.CharField(max_length=64)),
                    (
                        "verdict",
                        models.CharField(
                            choices=[
                                ("PLAUSIBLE", "Plausible"),
                                ("UNKNOWN", "Unknown: no power is measured"),
                                ("FOUND", "Does not add up"),
                            ],
                            max_length=9,
                        ),
                    ),
                    ("findings", models.JSONField(default=list)),
                    ("evidence", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("checked_at", models.DateTimeField()),
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
            migrations.CreateModel(
                name="LevelChange",
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
                        "before",
                        models.PositiveSmallIntegerField(
                            choices=[
                                (1, "Declared by the provider"),
                                (2, "Measured by the agent"),
                                (3, "Verified by a third party"),
                            ],
                            null=True,
                        ),
                    ),
                    (
                        "after",
                        models.PositiveSmallIntegerField(
                            choices=[
                                (1, "Declared by the provider"),
                                (2, "Measured by the agent"),
                                (3, "Verified by a third party"),
                            ],
                            null=True,
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
                    ("changed_at", models.DateTimeField()),
                    (
                        "certificate",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="metering_verifying.certificate",
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
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ProbeReport",
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
                    ("body", models.BinaryField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("signature", models.CharField(max_length=88)),
                    (
                        "public_key",
                        models.CharField(help_text="base64 of the raw 32 bytes", max_length=44),
                    ),
                    ("measured_at", models.DateTimeField()),
                    ("received_at", models.DateTimeField()),
                    ("is_accepted", models.BooleanField()),
                    ("problems", models.JSONField(default=list)),
                    ("rule", models.CharField(max_length=40)),
                    (
                        "agent",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                    (
                        "challenge",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="report",
                            to="metering_verifying.challenge",
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
                        "resource",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.computeresource",
                        ),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="certificate",
                name="report",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="certificate",
                    to="metering_verifying.probereport",
                ),
            ),
            migrations.CreateModel(
                name="Standing",
                fields=[
                    (
                        "resource",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="identity.computeresource",
                        ),
                    ),
                    (
                        "level",
                        models.PositiveSmallIntegerField(
                            choices=[
                                (1, "Declared by the provider"),
                                (2, "Measured by the agent"),
                                (3, "Verified by a third party"),
                            ],
                            null=True,
                        ),
                    ),
                    ("since", models.DateTimeField()),
                    ("ends_at", models.DateTimeField(null=True)),
                    ("changes_at", models.DateTimeField(db_index=True, null=True)),
                    (
                        "reminded",
                        models.PositiveSmallIntegerField(
                            help_text="days left when told last", null=True
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
                ],
            ),
            migrations.AddConstraint(
                model_name="assessor",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("ended_at", None)),
                    fields=("organization",),
                    name="assessor_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessor",
                constraint=models.CheckConstraint(
                    condition=models.Q(("valid_to__gt", models.F("valid_from"))),
                    name="assessor_period",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessor",
                constraint=models.CheckConstraint(
                    condition=models.Q(("accreditation", ""), _negated=True),
                    name="assessor_accredited",
                ),
            ),
            migrations.AddIndex(
                model_name="assessment",
                index=models.Index(fields=["provider", "-id"], name="assessment_by_provider"),
            ),
            migrations.AddIndex(
                model_name="assessment",
                index=models.Index(
                    fields=["assessor_organization", "-id"], name="assessment_by_assessor"
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ["ASKED", "RECORDED"])),
                    fields=("resource",),
                    name="assessment_under_way_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("provider", models.F("assessor_organization")), _negated=True
                    ),
                    name="assessment_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["RECORDED", "GRANTED"]), _negated=True),
                        models.Q(
                            ("content__isnull", False),
                            ("document__isnull", False),
                            ("recorded_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="assessment_recorded_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["GRANTED", "REFUSED"]), _negated=True),
                        models.Q(
                            ("decided_by__isnull", False),
                            ("decided_for__isnull", False),
                            models.Q(("decided_for", models.F("provider")), _negated=True),
                            models.Q(
                                ("decided_for", models.F("assessor_organization")), _negated=True
                            ),
                            models.Q(
                                ("recorded_by__isnull", True),
                                models.Q(("decided_by", models.F("recorded_by")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="assessment_decided_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "REFUSED"), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="assessment_refused_for_a_reason",
                ),
            ),
            migrations.AddField(
                model_name="certificateend",
                name="challenge",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="metering_verifying.challenge",
                ),
            ),
            migrations.AddField(
                model_name="certificateend",
                name="ended_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="certificateend",
                name="provider",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddIndex(
                model_name="challenge",
                index=models.Index(
                    condition=models.Q(("state", "DRAWN")),
                    fields=["opens_at"],
                    name="challenge_to_open",
                ),
            ),
            migrations.AddIndex(
                model_name="challenge",
                index=models.Index(
                    condition=models.Q(("state", "OPEN")),
                    fields=["deadline_at"],
                    name="challenge_to_settle",
                ),
            ),
            migrations.AddIndex(
                model_name="challenge",
                index=models.Index(fields=["provider", "-id"], name="challenge_by_provider"),
            ),
            migrations.AddConstraint(
                model_name="challenge",
                constraint=models.UniqueConstraint(
                    fields=("resource", "day"), name="challenge_once_a_day"
                ),
            ),
            migrations.AddConstraint(
                model_name="challenge",
                constraint=models.CheckConstraint(
                    condition=models.Q(("deadline_at__gt", models.F("opens_at"))),
                    name="challenge_deadline",
                ),
            ),
            migrations.AddConstraint(
                model_name="challenge",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("settled_at__isnull", True), ("state__in", ["DRAWN", "OPEN"])),
                        models.Q(
                            ("settled_at__isnull", False),
                            ("state__in", ["PASSED", "BELOW", "MISSED", "DROPPED"]),
                        ),
                        _connector="OR",
                    ),
                    name="challenge_settled_whole",
                ),
            ),
            migrations.AddIndex(
                model_name="crosscheck",
                index=models.Index(fields=["provider", "-id"], name="check_by_provider"),
            ),
            migrations.AddConstraint(
                model_name="crosscheck",
                constraint=models.UniqueConstraint(
                    fields=("resource", "day", "rule"), name="checked_once"
                ),
            ),
            migrations.AddIndex(
                model_name="levelchange",
                index=models.Index(fields=["resource", "-id"], name="level_change_by_resource"),
            ),
            migrations.AddIndex(
                model_name="probereport",
                index=models.Index(fields=["resource", "-id"], name="report_by_resource"),
            ),
            migrations.AddConstraint(
                model_name="probereport",
                constraint=models.UniqueConstraint(
                    fields=("provider", "content_hash"), name="report_taken_once"
                ),
            ),
            migrations.AddIndex(
                model_name="certificate",
                index=models.Index(fields=["recorded_in", "id"], name="capability_in_order"),
            ),
            migrations.AddIndex(
                model_name="certificate",
                index=models.Index(fields=["resource", "-valid_to"], name="capability_by_resource"),
            ),
            migrations.AddIndex(
                model_name="certificate",
                index=models.Index(fields=["provider", "valid_to"], name="capability_by_provider"),
            ),
            migrations.AddConstraint(
                model_name="certificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(("valid_to__gt", models.F("valid_from"))),
                    name="capability_period",
                ),
            ),
            migrations.AddConstraint(
                model_name="certificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("assessment__isnull", True),
                            ("issuer", models.F("provider")),
                            ("level", 1),
                            ("report__isnull", True),
                        ),
                        models.Q(
                            ("agent__isnull", False),
                            ("assessment__isnull", True),
                            ("issuer", models.F("provider")),
                            ("level", 2),
                            ("report__isnull", False),
                            models.Q(("signature", ""), _negated=True),
                        ),
                        models.Q(
                            ("assessment__isnull", False),
                            ("level", 3),
                            ("report__isnull", True),
                            models.Q(("issuer", models.F("provider")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="capability_level_by_its_evidence",
                ),
            ),
            migrations.AddIndex(
                model_name="standing",
                index=models.Index(
                    condition=models.Q(("ends_at__isnull", False)),
                    fields=["ends_at"],
                    name="standing_to_remind",
                ),
            ),
        ]
    )
