"""The other tables of verification, and what must never be true of any."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_keys_of_one_program"),
        ("metering_verifying", "0001_initial"),
    ]

    operations = bounded(
        [
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
                name="LevelStanding",
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
                model_name="thirdpartyassessment",
                index=models.Index(fields=["provider", "-id"], name="assessment_by_provider"),
            ),
            migrations.AddIndex(
                model_name="thirdpartyassessment",
                index=models.Index(
                    fields=["assessor_organization", "-id"], name="assessment_by_assessor"
                ),
            ),
            migrations.AddConstraint(
                model_name="thirdpartyassessment",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ["ASKED", "RECORDED"])),
                    fields=("resource",),
                    name="assessment_under_way_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="thirdpartyassessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("provider", models.F("assessor_organization")), _negated=True
                    ),
                    name="assessment_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="thirdpartyassessment",
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
                model_name="thirdpartyassessment",
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
                model_name="thirdpartyassessment",
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
                model_name="levelstanding",
                index=models.Index(
                    condition=models.Q(("ends_at__isnull", False)),
                    fields=["ends_at"],
                    name="standing_to_remind",
                ),
            ),
        ]
    )
