"""A claim is divided over its payers, and each pays its part; less may be wanted back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0002_claw_backs"),
        ("identity", "0009_keys_of_one_program"),
        ("vouchers", "0013_reimbursed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="recovery",
                name="recovery_repaid_is_whole",
            ),
            migrations.AddField(
                model_name="recovery",
                name="lowered_minor",
                field=models.BigIntegerField(
                    db_default=0, default=0, help_text="of it, what corrections took off"
                ),
            ),
            migrations.AddField(
                model_name="voucherclaim",
                name="kind",
                field=models.CharField(
                    choices=[("VOUCHER", "Captured vouchers"), ("REIMBURSEMENT", "Reimbursement")],
                    db_default="VOUCHER",
                    default="VOUCHER",
                    max_length=13,
                ),
            ),
            migrations.AlterField(
                model_name="recovery",
                name="state",
                field=models.CharField(
                    choices=[
                        ("OPEN", "To be paid back"),
                        ("REPAID", "Paid back"),
                        ("VOID", "Nothing is wanted any more"),
                    ],
                    default="OPEN",
                    max_length=8,
                ),
            ),
            migrations.AddConstraint(
                model_name="recovery",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("lowered_minor__gte", 0),
                        ("lowered_minor__lte", models.F("amount_minor")),
                        models.Q(
                            models.Q(("state", "VOID"), _negated=True),
                            ("lowered_minor", models.F("amount_minor")),
                            _connector="OR",
                        ),
                    ),
                    name="recovery_is_lowered_by_what_it_is",
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
                            ("state__in", ["OPEN", "VOID"]),
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
            migrations.CreateModel(
                name="ClaimPart",
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
                    ("source", models.CharField(blank=True, max_length=40)),
                    ("amount_minor", models.BigIntegerField()),
                ],
            ),
            migrations.CreateModel(
                name="ClaimShare",
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
                    ("source", models.CharField(blank=True, max_length=40)),
                    ("amount_minor", models.BigIntegerField()),
                    ("paid_at", models.DateTimeField(null=True)),
                    ("payment_reference", models.CharField(blank=True, max_length=80)),
                    (
                        "arrival",
                        models.CharField(
                            blank=True,
                            help_text="the payment that reached the buyer's account",
                            max_length=100,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ProgrammePayer",
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
                    ("source", models.CharField(max_length=40)),
                    ("set_at", models.DateTimeField()),
                ],
            ),
            migrations.AddField(
                model_name="claimpart",
                name="claim",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="parts",
                    to="claims.voucherclaim",
                ),
            ),
            migrations.AddField(
                model_name="claimpart",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="claimpart",
                name="line",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="parts",
                    to="claims.claimline",
                ),
            ),
            migrations.AddField(
                model_name="claimpart",
                name="provider",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="claimshare",
                name="claim",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="shares",
                    to="claims.voucherclaim",
                ),
            ),
            migrations.AddField(
                model_name="claimshare",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="claimshare",
                name="paid_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="claimshare",
                name="payer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="claimshare",
                name="provider",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="programmepayer",
                name="issuer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="programmepayer",
                name="payer",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddField(
                model_name="programmepayer",
                name="programme",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="vouchers.programme",
                ),
            ),
            migrations.AddField(
                model_name="programmepayer",
                name="set_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddConstraint(
                model_name="claimpart",
                constraint=models.UniqueConstraint(
                    fields=("line", "source"), name="claim_part_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="claimpart",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor", 0), _negated=True),
                    name="claim_part_is_an_amount",
                ),
            ),
            migrations.AddIndex(
                model_name="claimshare",
                index=models.Index(fields=["payer", "-id"], name="share_of_payer"),
            ),
            migrations.AddConstraint(
                model_name="claimshare",
                constraint=models.UniqueConstraint(
                    fields=("claim", "source"), name="claim_share_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="claimshare",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("arrival", ""), _negated=True),
                    fields=("arrival",),
                    name="payment_pays_one_share",
                ),
            ),
            migrations.AddConstraint(
                model_name="claimshare",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amount_minor", 0), _negated=True),
                        models.Q(
                            models.Q(
                                ("arrival", ""),
                                ("paid_at", None),
                                ("paid_by", None),
                                ("payment_reference", ""),
                            ),
                            models.Q(
                                ("paid_at__isnull", False),
                                ("paid_by__isnull", False),
                                models.Q(("payment_reference", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    name="claim_share_paid_is_whole",
                ),
            ),
            migrations.AddIndex(
                model_name="programmepayer",
                index=models.Index(fields=["programme", "source", "-id"], name="payer_of_source"),
            ),
            *functions("marketplace.claims", "claims_shares_add_up"),
            script("marketplace.claims", "payers.sql", reverse="payers_gone.sql"),
            append_only("claims_programmepayer"),
            append_only("claims_claimpart"),
            protect(
                "claims_programmepayer",
                visible=owned_by("payer_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_claimpart",
                visible=owned_by("provider_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_claimshare",
                visible=owned_by("provider_id", "issuer_id", "payer_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
