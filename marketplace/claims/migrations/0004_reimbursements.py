"""Buyers are reimbursed for what they paid themselves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, new_version, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("claims", "0003_payers"),
        ("identity", "0009_keys_of_one_program"),
        ("settlement", "0009_long_contracts_hold_in_parts"),
        ("vouchers", "0013_reimbursed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="Reimbursement",
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
                    ("since", models.DateField()),
                    ("until", models.DateField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("SUBMITTED", "To be reviewed"),
                                ("REVIEWED", "To be checked by another person"),
                                ("PUBLISHED", "Open to objections"),
                                ("APPROVED", "Granted"),
                                ("PAID", "Paid"),
                                ("RETURNED", "Given back"),
                                ("REJECTED", "Rejected"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="SUBMITTED",
                            max_length=10,
                        ),
                    ),
                    ("beneficiary", models.CharField(help_text="by evidence", max_length=8)),
                    (
                        "facts",
                        models.JSONField(
                            default=dict, help_text="what was known of the applicant, and by what"
                        ),
                    ),
                    ("files", models.JSONField(default=dict, help_text="by kind of evidence")),
                    (
                        "amount_minor",
                        models.BigIntegerField(help_text="as decided last; granted once approved"),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("publicity_until", models.DateTimeField(null=True)),
                    ("note", models.CharField(blank=True, max_length=500)),
                ],
            ),
            migrations.CreateModel(
                name="ReimbursementLine",
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
                        "base_minor",
                        models.BigIntegerField(
                            help_text="own money of its contract, corrections deducted"
                        ),
                    ),
                    ("amount_minor", models.BigIntegerField()),
                    (
                        "is_live",
                        models.BooleanField(
                            default=True, help_text="taken by this request and no other"
                        ),
                    ),
                    (
                        "explained",
                        models.JSONField(
                            default=dict, help_text="shares, cuts and rules, with clauses"
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ReimbursementMove",
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
                                ("REVIEW", "Reviewed"),
                                ("SEND_BACK", "Sent back to the review"),
                                ("PUBLISH", "Opened to objections"),
                                ("APPROVE", "Granted"),
                                ("REJECT", "Rejected"),
                                ("WITHDRAW", "Withdrawn"),
                                ("PAY", "Paid"),
                                ("GIVE_BACK", "Given back"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("note", models.CharField(blank=True, max_length=500)),
                ],
            ),
            migrations.CreateModel(
                name="ReimbursementObjection",
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
                    ("answered_at", models.DateTimeField(null=True)),
                    ("answer", models.CharField(blank=True, max_length=500)),
                ],
            ),
            migrations.AlterField(
                model_name="clawback",
                name="voucher",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.voucher",
                ),
            ),
            migrations.AlterField(
                model_name="clawback",
                name="voucher_number",
                field=models.CharField(help_text="or that of the reimbursement", max_length=24),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="applicant",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="asked_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="claim",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="reimbursement",
                    to="claims.voucherclaim",
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="decided_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="programme",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.programme",
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="programme_version",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.programmeversion",
                ),
            ),
            migrations.AddField(
                model_name="reimbursement",
                name="reviewed_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="clawback",
                name="reimbursement",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="claims.reimbursement",
                ),
            ),
            migrations.AddConstraint(
                model_name="clawback",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("voucher__isnull", False),
                        ("reimbursement__isnull", False),
                        _connector="XOR",
                    ),
                    name="claw_back_is_of_one",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementline",
                name="applicant",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementline",
                name="contract",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="settlement.contract",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementline",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementline",
                name="programme",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.programme",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementline",
                name="reimbursement",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="claims.reimbursement",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementline",
                name="trade_record",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="settlement.traderecord",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementmove",
                name="applicant",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementmove",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementmove",
                name="person",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="reimbursementmove",
                name="reimbursement",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="moves",
                    to="claims.reimbursement",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementobjection",
                name="answered_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="reimbursementobjection",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementobjection",
                name="made_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="reimbursementobjection",
                name="organization",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="reimbursementobjection",
                name="reimbursement",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="objections",
                    to="claims.reimbursement",
                ),
            ),
            migrations.AddIndex(
                model_name="reimbursement",
                index=models.Index(fields=["applicant", "-id"], name="reimbursement_of_applicant"),
            ),
            migrations.AddIndex(
                model_name="reimbursement",
                index=models.Index(fields=["issuer", "-id"], name="reimbursement_of_issuer"),
            ),
            migrations.AddIndex(
                model_name="reimbursement",
                index=models.Index(
                    condition=models.Q(("state", "PUBLISHED")),
                    fields=["publicity_until"],
                    name="reimbursement_to_objections",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ["SUBMITTED", "REVIEWED", "PUBLISHED"])),
                    fields=("programme", "applicant"),
                    name="one_reimbursement_is_decided_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0), ("until__gte", models.F("since"))),
                    name="reimbursement_is_an_amount_of_days",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("reviewed_by__isnull", True),
                        models.Q(("reviewed_by", models.F("asked_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="reimbursement_reviewed_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("state__in", ["PUBLISHED", "APPROVED", "PAID", "RETURNED"]),
                            _negated=True,
                        ),
                        models.Q(
                            ("decided_by__isnull", False),
                            ("reviewed_by__isnull", False),
                            models.Q(("decided_by", models.F("reviewed_by")), _negated=True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="reimbursement_checked_by_two",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "REJECTED"), _negated=True),
                        models.Q(("note", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="reimbursement_rejected_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.CheckConstraint(
                    condition=models.Q(("issuer", models.F("applicant")), _negated=True),
                    name="reimbursement_decided_elsewhere",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursement",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("claim__isnull", False),
                            ("state__in", ["APPROVED", "PAID", "RETURNED"]),
                        ),
                        models.Q(
                            models.Q(
                                ("state__in", ["APPROVED", "PAID", "RETURNED"]), _negated=True
                            ),
                            ("claim__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="reimbursement_granted_is_claimed",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursementline",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("is_live", True)),
                    fields=("programme", "trade_record"),
                    name="trade_is_reimbursed_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursementline",
                constraint=models.UniqueConstraint(
                    fields=("reimbursement", "trade_record"), name="trade_stands_once_in_a_request"
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursementline",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("is_live", True), ("amount_minor__gte", 0), _connector="OR"
                    ),
                    name="reimbursement_line_that_is_refused",
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursementobjection",
                constraint=models.UniqueConstraint(
                    fields=("reimbursement", "organization"), name="reimbursement_objected_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="reimbursementobjection",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("reason", ""), _negated=True),
                        models.Q(
                            models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                                models.Q(("answered_by", models.F("made_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    name="reimbursement_objection_answered_whole",
                ),
            ),
            *functions(
                "marketplace.claims",
                "claims_reimbursement_moves",
                "claims_reimbursement_line_fits",
            ),
            new_version("marketplace.claims", "claims_claw_back_as_agreed", version=2),
            script("marketplace.claims", "reimbursements.sql", reverse="reimbursements_gone.sql"),
            append_only("claims_reimbursementmove"),
            protect(
                "claims_reimbursement",
                visible=owned_by("applicant_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_reimbursementline",
                visible=owned_by("applicant_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_reimbursementmove",
                visible=owned_by("applicant_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_reimbursementobjection",
                visible=owned_by("organization_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
