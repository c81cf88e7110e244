"""Claims of captured vouchers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0005_suspensions"),
        ("settlement", "0006_adjustments"),
        ("vouchers", "0005_of_standing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="VoucherClaim",
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
                    ("sequence", models.BigIntegerField(editable=False, unique=True)),
                    ("number", models.CharField(max_length=24, unique=True)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("SUBMITTED", "Being checked"),
                                ("CHECKED", "Accepted"),
                                ("INSTRUCTED", "With the payer"),
                                ("PAID", "Paid"),
                                ("RETURNED", "Returned"),
                                ("WITHDRAWN", "Withdrawn"),
                            ],
                            default="SUBMITTED",
                            max_length=10,
                        ),
                    ),
                    ("claimed_minor", models.BigIntegerField()),
                    ("accepted_minor", models.BigIntegerField(default=0)),
                    ("submitted_at", models.DateTimeField()),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    ("batch", models.CharField(blank=True, max_length=80)),
                    ("instructed_at", models.DateTimeField(null=True)),
                    ("paid_at", models.DateTimeField(null=True)),
                    ("payment_reference", models.CharField(blank=True, max_length=80)),
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
                        "issuer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "paid_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                        "provider",
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
            ),
            migrations.CreateModel(
                name="ClaimLine",
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
                    (
                        "is_live",
                        models.BooleanField(
                            default=True, help_text="claimed: by this claim and no other"
                        ),
                    ),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    (
                        "contract",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="settlement.contract",
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
                        "provider",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.organization",
                        ),
                    ),
                    (
                        "trade_record",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="settlement.traderecord",
                        ),
                    ),
                    (
                        "claim",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="lines",
                            to="claims.voucherclaim",
                        ),
                    ),
                ],
            ),
            migrations.AddIndex(
                model_name="voucherclaim",
                index=models.Index(fields=["provider", "-sequence"], name="claim_of_provider"),
            ),
            migrations.AddIndex(
                model_name="voucherclaim",
                index=models.Index(fields=["issuer", "-sequence"], name="claim_of_issuer"),
            ),
            migrations.AddConstraint(
                model_name="voucherclaim",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "SUBMITTED")),
                    fields=("programme", "provider"),
                    name="one_claim_is_checked_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucherclaim",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("accepted_minor__gte", 0),
                        ("claimed_minor__gt", 0),
                        ("accepted_minor__lte", models.F("claimed_minor")),
                    ),
                    name="claim_is_an_amount",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucherclaim",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("decided_by", None),
                        models.Q(("decided_by", models.F("submitted_by")), _negated=True),
                        ("state", "WITHDRAWN"),
                        _connector="OR",
                    ),
                    name="claim_checked_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucherclaim",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "PAID"), _negated=True),
                        models.Q(
                            ("accepted_minor__gt", 0),
                            ("paid_at__isnull", False),
                            models.Q(("payment_reference", ""), _negated=True),
                            models.Q(("paid_by", models.F("decided_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="claim_paid_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucherclaim",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "RETURNED"), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="claim_returned_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="claimline",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("is_live", True)),
                    fields=("programme", "trade_record"),
                    name="trade_is_claimed_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="claimline",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor", 0), _negated=True),
                    name="claim_line_is_an_amount",
                ),
            ),
            *functions("marketplace.claims", "claims_claim_keeps"),
            script("marketplace.claims", "triggers.sql", reverse="triggers_gone.sql"),
            protect(
                "claims_voucherclaim",
                visible=owned_by("provider_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
            protect(
                "claims_claimline",
                visible=owned_by("provider_id", "issuer_id"),
                writable=IS_PLATFORM,
            ),
        ]
    )
