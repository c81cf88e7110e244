"""The life of an application: its states, its steps, objections to it, and reminders."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0006_certificates_of_all_kinds"),
        ("vouchers", "0007_drafts"),
    ]

    operations = bounded(
        [
            script("marketplace.vouchers", "before_life.sql", reverse="before_life_gone.sql"),
            migrations.CreateModel(
                name="ApplicationStep",
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
                        "step",
                        models.CharField(
                            choices=[
                                ("SUBMIT", "Submitted"),
                                ("ASK", "More evidence asked for"),
                                ("ANSWER", "Evidence added"),
                                ("REVIEW", "Reviewed"),
                                ("RETURN", "Sent back to the review"),
                                ("PUBLISH", "Opened to objections"),
                                ("APPROVE", "Approved"),
                                ("ISSUE", "Voucher issued"),
                                ("REJECT", "Rejected"),
                                ("WITHDRAW", "Withdrawn"),
                                ("EXPIRE", "Expired"),
                                ("REVOKE", "Approval revoked"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("DRAFT", "Draft"),
                                ("APPLIED", "Applied"),
                                ("EVIDENCE_ASKED", "More evidence asked for"),
                                ("REVIEWED", "Reviewed"),
                                ("PUBLISHED", "Open to objections"),
                                ("APPROVED", "Approved"),
                                ("ISSUED", "Issued"),
                                ("REJECTED", "Rejected"),
                                ("WITHDRAWN", "Withdrawn"),
                                ("EXPIRED", "Expired"),
                                ("REVOKED", "Revoked"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("note", models.CharField(blank=True, max_length=500)),
                ],
            ),
            migrations.CreateModel(
                name="Objection",
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
                    ("made_at", models.DateTimeField()),
                    ("reason", models.CharField(max_length=500)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("OPEN", "Open"),
                                ("UPHELD", "Upheld"),
                                ("DISMISSED", "Dismissed"),
                            ],
                            default="OPEN",
                            max_length=9,
                        ),
                    ),
                    ("answered_at", models.DateTimeField(null=True)),
                    ("answer", models.CharField(blank=True, max_length=500)),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="application",
                name="application_state_known",
            ),
            migrations.RemoveConstraint(
                model_name="application",
                name="application_decision_is_whole",
            ),
            migrations.AddField(
                model_name="application",
                name="checks",
                field=models.JSONField(
                    default=list, help_text="a line a rule, when it was handed in last"
                ),
            ),
            migrations.AddField(
                model_name="application",
                name="ends_at",
                field=models.DateTimeField(
                    help_text="until when the next step has to come", null=True
                ),
            ),
            migrations.AddField(
                model_name="application",
                name="facts",
                field=models.JSONField(
                    default=dict, help_text="what was known of the applicant, and by what"
                ),
            ),
            migrations.AddField(
                model_name="application",
                name="files",
                field=models.JSONField(
                    default=list, help_text="the files that the applicant added"
                ),
            ),
            migrations.AddField(
                model_name="application",
                name="issued_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="application",
                name="publicity_until",
                field=models.DateTimeField(null=True),
            ),
            migrations.AddField(
                model_name="application",
                name="reminded_days",
                field=models.PositiveSmallIntegerField(null=True),
            ),
            migrations.AddField(
                model_name="application",
                name="reviewed_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="voucher",
                name="reminded_days",
                field=models.PositiveSmallIntegerField(null=True),
            ),
            migrations.AlterField(
                model_name="application",
                name="applied_at",
                field=models.DateTimeField(help_text="begun; handed in once it was submitted"),
            ),
            migrations.AlterField(
                model_name="application",
                name="beneficiary",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("SME", "SME"),
                        ("STARTUP", "Start-up"),
                        ("STANDARD", "Other enterprise"),
                    ],
                    help_text="by evidence",
                    max_length=8,
                ),
            ),
            migrations.AlterField(
                model_name="application",
                name="state",
                field=models.CharField(
                    choices=[
                        ("DRAFT", "Draft"),
                        ("APPLIED", "Applied"),
                        ("EVIDENCE_ASKED", "More evidence asked for"),
                        ("REVIEWED", "Reviewed"),
                        ("PUBLISHED", "Open to objections"),
                        ("APPROVED", "Approved"),
                        ("ISSUED", "Issued"),
                        ("REJECTED", "Rejected"),
                        ("WITHDRAWN", "Withdrawn"),
                        ("EXPIRED", "Expired"),
                        ("REVOKED", "Revoked"),
                    ],
                    default="DRAFT",
                    max_length=16,
                ),
            ),
            migrations.AddIndex(
                model_name="application",
                index=models.Index(
                    condition=models.Q(("ends_at__isnull", False)),
                    fields=["ends_at"],
                    name="application_to_end",
                ),
            ),
            migrations.AddIndex(
                model_name="application",
                index=models.Index(
                    condition=models.Q(("state", "PUBLISHED")),
                    fields=["publicity_until"],
                    name="application_to_objections",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "state__in",
                            [
                                "DRAFT",
                                "APPLIED",
                                "EVIDENCE_ASKED",
                                "REVIEWED",
                                "PUBLISHED",
                                "APPROVED",
                                "ISSUED",
                                "REJECTED",
                                "WITHDRAWN",
                                "EXPIRED",
                                "REVOKED",
                            ],
                        )
                    ),
                    name="application_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["DRAFT", "WITHDRAWN", "EXPIRED"]),
                        models.Q(("beneficiary", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="application_class_by_evidence",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("decided_at__isnull", True),
                            ("decided_by__isnull", True),
                            ("decided_by_organization__isnull", True),
                            ("state__in", ("DRAFT", "APPLIED", "EVIDENCE_ASKED", "REVIEWED")),
                        ),
                        models.Q(
                            ("decided_at__isnull", False),
                            ("decided_by__isnull", False),
                            ("decided_by_organization__isnull", False),
                            (
                                "state__in",
                                ("PUBLISHED", "APPROVED", "ISSUED", "REJECTED", "REVOKED"),
                            ),
                        ),
                        ("state__in", ["WITHDRAWN", "EXPIRED"]),
                        _connector="OR",
                    ),
                    name="application_decision_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("state__in", ("PUBLISHED", "APPROVED", "ISSUED", "REVOKED")),
                            _negated=True,
                        ),
                        models.Q(
                            ("reviewed_by__isnull", False),
                            models.Q(("reviewed_by", models.F("decided_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="application_checked_by_two",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "REVIEWED"), _negated=True),
                        ("reviewed_by__isnull", False),
                        _connector="OR",
                    ),
                    name="application_reviewed_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("reviewed_by__isnull", True),
                        models.Q(("reviewed_by", models.F("applied_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="application_reviewed_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("issued_by__isnull", False), ("state", "ISSUED")),
                        models.Q(
                            models.Q(("state", "ISSUED"), _negated=True),
                            ("issued_by__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="application_issued_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("issued_by__isnull", True),
                        models.Q(("issued_by", models.F("applied_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="application_issued_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "PUBLISHED"), _negated=True),
                        ("publicity_until__isnull", False),
                        _connector="OR",
                    ),
                    name="application_published_until",
                ),
            ),
            migrations.AddField(
                model_name="applicationstep",
                name="applicant",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="applicationstep",
                name="application",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="steps",
                    to="vouchers.application",
                ),
            ),
            migrations.AddField(
                model_name="applicationstep",
                name="person",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="objection",
                name="answered_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="objection",
                name="application",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="objections",
                    to="vouchers.application",
                ),
            ),
            migrations.AddField(
                model_name="objection",
                name="made_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="objection",
                name="made_for",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddIndex(
                model_name="applicationstep",
                index=models.Index(fields=["application", "id"], name="step_of_application"),
            ),
            migrations.AddConstraint(
                model_name="objection",
                constraint=models.UniqueConstraint(
                    fields=("application", "made_for"), name="objection_once_an_organisation"
                ),
            ),
            migrations.AddConstraint(
                model_name="objection",
                constraint=models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="objection_has_a_reason"
                ),
            ),
            migrations.AddConstraint(
                model_name="objection",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("answered_at", None), ("answered_by", None), ("state", "OPEN")),
                        models.Q(
                            ("state__in", ["UPHELD", "DISMISSED"]),
                            ("answered_at__isnull", False),
                            ("answered_by__isnull", False),
                            models.Q(("answer", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="objection_answer_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="objection",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("answered_by__isnull", True),
                        models.Q(("answered_by", models.F("made_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="objection_answered_by_another",
                ),
            ),
            *functions("marketplace.vouchers", "vouchers_application_moves"),
            protect(
                "vouchers_applicationstep", visible=owned_by("applicant_id"), writable=IS_PLATFORM
            ),
            protect("vouchers_objection", visible=owned_by("made_for_id"), writable=IS_PLATFORM),
            script("marketplace.vouchers", "life.sql", reverse="life_gone.sql"),
        ]
    )
