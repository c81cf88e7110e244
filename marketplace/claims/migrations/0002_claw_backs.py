"""Vouchers are taken back by two people, and what they paid is wanted back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("claims", "0001_initial"),
        ("identity", "0007_certificates_by_their_end"),
        ("vouchers", "0009_decided_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ClawBack",
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
                    ("voucher_number", models.CharField(max_length=24)),
                    (
                        "ground",
                        models.CharField(
                            choices=[
                                ("FALSE_EVIDENCE", "False evidence"),
                                ("DOUBLE_SUBSIDY", "The same contract was supported twice"),
                                ("RELATED_PARTY", "Buyer and provider are related"),
                                ("NOT_USED", "What was paid for was not used"),
                                ("DISHONESTY", "The beneficiary was listed as dishonest"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("evidence", models.CharField(max_length=1000)),
                    (
                        "returned_minor",
                        models.BigIntegerField(
                            help_text="left on it, and back in the pool at once"
                        ),
                    ),
                    ("decided_at", models.DateTimeField()),
                    (
                        "is_over",
                        models.BooleanField(
                            default=False,
                            help_text="no order holds anything of it: nothing more is captured",
                        ),
                    ),
                    (
                        "decided_by",
                        models.ForeignKey(
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
                        "issuer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programme",
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="approvals.proposal",
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
                        "voucher",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.voucher",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Recovery",
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
                    ("voucher_number", models.CharField(max_length=24)),
                    (
                        "ground",
                        models.CharField(
                            choices=[
                                ("FALSE_EVIDENCE", "False evidence"),
                                ("DOUBLE_SUBSIDY", "The same contract was supported twice"),
                                ("RELATED_PARTY", "Buyer and provider are related"),
                                ("NOT_USED", "What was paid for was not used"),
                                ("DISHONESTY", "The beneficiary was listed as dishonest"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("amount_minor", models.BigIntegerField()),
                    ("demanded_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[("OPEN", "To be paid back"), ("REPAID", "Paid back")],
                            default="OPEN",
                            max_length=8,
                        ),
                    ),
                    ("repaid_at", models.DateTimeField(null=True)),
                    ("payment_reference", models.CharField(blank=True, max_length=80)),
                    (
                        "claw_back",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="recoveries",
                            to="claims.clawback",
                        ),
                    ),
                    (
                        "issuer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "payee",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "programme",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="vouchers.programme",
                        ),
                    ),
                    (
                        "repaid_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="clawback",
                index=models.Index(
                    condition=models.Q(("is_over", False)), fields=["id"], name="claw_back_goes_on"
                ),
            ),
            migrations.AddConstraint(
                model_name="clawback",
                constraint=models.CheckConstraint(
                    condition=models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                    name="claw_back_decided_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="clawback",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("reason", ""), _negated=True),
                        models.Q(("evidence", ""), _negated=True),
                        ("returned_minor__gte", 0),
                    ),
                    name="claw_back_has_reason_and_evidence",
                ),
            ),
            migrations.AddIndex(
                model_name="recovery",
                index=models.Index(fields=["issuer", "-id"], name="recovery_of_issuer"),
            ),
            migrations.AddIndex(
                model_name="recovery",
                index=models.Index(fields=["payee", "-id"], name="recovery_of_payee"),
            ),
            migrations.AddConstraint(
                model_name="recovery",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="recovery_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="recovery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("payment_reference", ""),
                            ("repaid_at", None),
                            ("repaid_by", None),
                            ("state", "OPEN"),
                        ),
                        models.Q(
                            ("repaid_at__isnull", False),
                            ("repaid_by__isnull", False),
                            ("state", "REPAID"),
                            models.Q(("payment_reference", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="recovery_repaid_is_whole",
                ),
            ),
            *functions("marketplace.claims", "claims_claw_back_as_agreed"),
            script("marketplace.claims", "claw_backs.sql", reverse="claw_backs_gone.sql"),
            protect(
                "claims_clawback",
                visible=owned_by("holder_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_recovery",
                visible=owned_by("payee_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
