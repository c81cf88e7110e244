"""Programmes, what was applied for, and vouchers: the tables."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.sql_files import bounded, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            script("marketplace.vouchers", "sequences.sql", reverse="sequences_gone.sql"),
            migrations.CreateModel(
                name="Programme",
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
                    ("code", models.CharField(max_length=24, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    ("name_en", models.CharField(blank=True, max_length=160)),
                    (
                        "region",
                        models.CharField(blank=True, help_text="GB/T 2260 code", max_length=6),
                    ),
                    ("asset", models.CharField(max_length=32, unique=True)),
                    ("created_at", models.DateTimeField()),
                    (
                        "issuer",
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
                            condition=models.Q(("code__regex", "^[A-Z0-9]+(-[A-Z0-9]+)*$")),
                            name="programme_code_is_well_formed",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="ProgrammeVersion",
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
                    ("version", models.PositiveIntegerField()),
                    ("rules", models.JSONField()),
                    ("content_hash", models.CharField(max_length=64)),
                    ("source", models.CharField(max_length=300)),
                    ("valid_from", models.DateTimeField()),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="vouchers.programme",
                        ),
                    ),
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
                            fields=("programme", "version"), name="programme_version_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("version__gte", 1)), name="programme_version_counts"
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Application",
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
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "beneficiary",
                        models.CharField(
                            choices=[
                                ("SME", "SME"),
                                ("STARTUP", "Start-up"),
                                ("STANDARD", "Other enterprise"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("amount_minor", models.BigIntegerField()),
                    ("purpose", models.CharField(blank=True, max_length=500)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("APPLIED", "Applied"),
                                ("APPROVED", "Approved"),
                                ("REJECTED", "Rejected"),
                            ],
                            default="APPLIED",
                            max_length=8,
                        ),
                    ),
                    ("applied_at", models.DateTimeField()),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("note", models.CharField(blank=True, max_length=500)),
                    (
                        "applicant",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "applied_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                        "decided_by_organization",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programmeversion",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["applicant", "-id"], name="application_by_applicant")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("amount_minor__gt", 0)),
                            name="application_is_positive",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["APPLIED", "APPROVED", "REJECTED"])),
                            name="application_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("decided_at__isnull", True),
                                    ("decided_by__isnull", True),
                                    ("decided_by_organization__isnull", True),
                                    ("state", "APPLIED"),
                                ),
                                models.Q(
                                    models.Q(("state", "APPLIED"), _negated=True),
                                    ("decided_at__isnull", False),
                                    ("decided_by_organization__isnull", False),
                                    ("decided_by__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="application_decision_is_whole",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("decided_by_organization__isnull", True),
                                models.Q(
                                    ("decided_by_organization", models.F("applicant")),
                                    _negated=True,
                                ),
                                _connector="OR",
                            ),
                            name="application_decided_elsewhere",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("decided_by__isnull", True),
                                models.Q(("decided_by", models.F("applied_by")), _negated=True),
                                _connector="OR",
                            ),
                            name="application_decided_by_another",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Voucher",
                fields=[
                    (
                        "review_code",
                        models.CharField(blank=True, db_default="", default="", max_length=40),
                    ),
                    (
                        "review_detail",
                        models.CharField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="for operators",
                            max_length=500,
                        ),
                    ),
                    ("review_since", models.DateTimeField(blank=True, null=True)),
                    (
                        "id",
                        models.UUIDField(
                            default=common.ids.uuid7,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "beneficiary",
                        models.CharField(
                            choices=[
                                ("SME", "SME"),
                                ("STARTUP", "Start-up"),
                                ("STANDARD", "Other enterprise"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("face_minor", models.BigIntegerField()),
                    (
                        "funding",
                        models.JSONField(
                            default=dict, help_text="face value by source of money, in fen"
                        ),
                    ),
                    ("entity_year", models.PositiveSmallIntegerField()),
                    ("issued_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ACTIVE", "Active"),
                                ("EXHAUSTED", "Used up"),
                                ("EXPIRED", "Expired"),
                                ("CLAWED_BACK", "Clawed back"),
                            ],
                            default="ACTIVE",
                            max_length=12,
                        ),
                    ),
                    ("returned_minor", models.BigIntegerField(default=0)),
                    (
                        "sweep_at",
                        models.DateTimeField(
                            help_text="when the unused rest is returned to the pool; empty once it was",
                            null=True,
                        ),
                    ),
                    (
                        "application",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="voucher",
                            to="vouchers.application",
                        ),
                    ),
                    (
                        "clawed_back_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "holder",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programmeversion",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["holder", "expires_at"], name="voucher_by_holder"),
                        models.Index(
                            condition=models.Q(("sweep_at__isnull", False), ("review_code", "")),
                            fields=["sweep_at"],
                            name="voucher_to_sweep",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("face_minor__gt", 0)), name="voucher_is_positive"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("returned_minor__gte", 0),
                                ("returned_minor__lte", models.F("face_minor")),
                            ),
                            name="voucher_returns_at_most_its_face",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                            name="voucher_expires_after_issue",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["ACTIVE", "EXHAUSTED", "EXPIRED", "CLAWED_BACK"])
                            ),
                            name="voucher_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("clawed_back_by__isnull", False), ("state", "CLAWED_BACK")
                                ),
                                models.Q(
                                    models.Q(("state", "CLAWED_BACK"), _negated=True),
                                    ("clawed_back_by__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="voucher_is_clawed_back_by_somebody",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("review_code", ""), ("review_since__isnull", True)),
                                models.Q(
                                    models.Q(("review_code", ""), _negated=True),
                                    ("review_since__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="voucher_reviewed_since",
                        ),
                    ],
                },
            ),
        ]
    )
