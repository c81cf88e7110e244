"""Programmes, what was applied for, and vouchers: the tables."""

from common.sql_files import bounded, script
from django.conf import settings
from django.db import migrations, models
import common.ids
import django.db.models.deletion


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
            ),
            migrations.CreateModel(
                name="ProgrammeFunding",
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
                    ("reference", models.CharField(max_length=80)),
                    ("amount_minor", models.BigIntegerField()),
                    ("transfer_id", models.UUIDField(unique=True)),
                    ("funded_at", models.DateTimeField()),
                    (
                        "confirmed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "funded_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="fundings",
                            to="vouchers.programme",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="FundingProposal",
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
                    ("amount_minor", models.BigIntegerField()),
                    ("reference", models.CharField(max_length=80)),
                    ("proposed_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("PROPOSED", "Waits for a second person"),
                                ("CONFIRMED", "Confirmed"),
                                ("REFUSED", "Refused"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="PROPOSED",
                            max_length=9,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
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
                        "proposed_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="proposals",
                            to="vouchers.programme",
                        ),
                    ),
                    (
                        "funding",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="proposal",
                            to="vouchers.programmefunding",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
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
            ),
        ]
    )
