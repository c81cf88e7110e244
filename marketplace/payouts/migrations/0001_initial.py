"""Runs of payouts, and where they go."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approvals", "0001_initial"),
        ("identity", "0004_access_requests"),
        ("payments", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BankAccount",
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
                    ("holder", models.CharField(max_length=120)),
                    ("bank_name", models.CharField(max_length=120)),
                    ("bank_code", models.CharField(max_length=12)),
                    ("account_number", models.CharField(max_length=34)),
                    ("added_at", models.DateTimeField()),
                    (
                        "usable_from",
                        models.DateTimeField(help_text="when its cooling time is over"),
                    ),
                    ("replaced_at", models.DateTimeField(null=True)),
                    (
                        "added_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
            migrations.CreateModel(
                name="Freeze",
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
                        "amount_minor",
                        models.BigIntegerField(help_text="all of it, if empty", null=True),
                    ),
                    ("reason", models.CharField(max_length=200)),
                    ("frozen_at", models.DateTimeField()),
                    ("lifted_at", models.DateTimeField(null=True)),
                    (
                        "frozen_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "lifted_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
            migrations.CreateModel(
                name="PayoutRun",
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
                                ("PROPOSED", "Waits for a second person"),
                                ("APPROVED", "Approved"),
                                ("SENT", "With the bank"),
                                ("DONE", "Done"),
                            ],
                            default="PROPOSED",
                            max_length=8,
                        ),
                    ),
                    ("until", models.DateField(help_text="the first day that is not paid for")),
                    ("threshold_minor", models.BigIntegerField()),
                    ("payouts", models.PositiveIntegerField()),
                    ("amount_minor", models.BigIntegerField()),
                    ("netted_minor", models.BigIntegerField()),
                    ("lines_hash", models.CharField(max_length=64)),
                    ("proposed_at", models.DateTimeField()),
                    ("approved_at", models.DateTimeField(null=True)),
                    ("sent_at", models.DateTimeField(null=True)),
                    ("done_at", models.DateTimeField(null=True)),
                    (
                        "approved_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "proposal",
                        models.OneToOneField(
                            null=True,
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
                ],
            ),
            migrations.CreateModel(
                name="PayoutLine",
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
                    ("payable_minor", models.BigIntegerField()),
                    ("owed_minor", models.BigIntegerField()),
                    ("frozen_minor", models.BigIntegerField()),
                    ("netted_minor", models.BigIntegerField()),
                    ("amount_minor", models.BigIntegerField()),
                    (
                        "skipped",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "Paid"),
                                ("no_account", "No bank account"),
                                ("cooling", "New bank account, not usable yet"),
                                ("below_threshold", "Less than the threshold"),
                                ("frozen", "Frozen"),
                                ("owes", "Owes as much as it is owed"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "account",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="payouts.bankaccount",
                        ),
                    ),
                    (
                        "movement",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="payments.movement",
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
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="lines",
                            to="payouts.payoutrun",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="bankaccount",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("replaced_at", None)),
                    fields=("provider",),
                    name="one_account_in_use",
                ),
            ),
            migrations.AddConstraint(
                model_name="bankaccount",
                constraint=models.CheckConstraint(
                    condition=models.Q(("usable_from__gte", models.F("added_at"))),
                    name="account_cools_first",
                ),
            ),
            migrations.AddConstraint(
                model_name="bankaccount",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("account_number__regex", "^[0-9]{8,34}$"),
                        ("bank_code__regex", "^[0-9]{12}$"),
                    ),
                    name="account_is_digits",
                ),
            ),
            migrations.AddIndex(
                model_name="freeze",
                index=models.Index(
                    condition=models.Q(("lifted_at", None)),
                    fields=["provider"],
                    name="freeze_in_force",
                ),
            ),
            migrations.AddConstraint(
                model_name="freeze",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor", None), ("amount_minor__gt", 0), _connector="OR"
                    ),
                    name="freeze_is_an_amount",
                ),
            ),
            migrations.AddConstraint(
                model_name="freeze",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("lifted_at", None), ("lifted_by", None)),
                        models.Q(
                            ("lifted_at__isnull", False),
                            ("lifted_by__isnull", False),
                            models.Q(("lifted_by", models.F("frozen_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="freeze_lifted_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gte", 0),
                        ("netted_minor__gte", 0),
                        ("threshold_minor__gt", 0),
                        ("amount_minor__gt", 0),
                        ("payouts__gt", 0),
                    ),
                    name="run_pays_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("approved_at", None), ("approved_by", None), ("state", "PROPOSED")
                        ),
                        models.Q(
                            models.Q(("state", "PROPOSED"), _negated=True),
                            ("approved_at__isnull", False),
                            ("approved_by__isnull", False),
                            ("proposal__isnull", False),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="run_approved_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("sent_at", None), ("state__in", ["PROPOSED", "APPROVED"])),
                        models.Q(("sent_at__isnull", False), ("state__in", ["SENT", "DONE"])),
                        _connector="OR",
                    ),
                    name="run_sent_has_time",
                ),
            ),
            migrations.AddIndex(
                model_name="payoutline",
                index=models.Index(fields=["provider", "-id"], name="payout_of_provider"),
            ),
            migrations.AddConstraint(
                model_name="payoutline",
                constraint=models.UniqueConstraint(
                    fields=("run", "provider"), name="run_pays_a_provider_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutline",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("netted_minor__gte", 0),
                        ("netted_minor__lte", models.F("owed_minor")),
                        ("amount_minor__gte", 0),
                        ("frozen_minor__gte", 0),
                        (
                            "payable_minor__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("amount_minor"), "+", models.F("netted_minor")
                            ),
                        ),
                    ),
                    name="line_pays_what_is_owed",
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutline",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("account__isnull", False), ("amount_minor__gt", 0), ("skipped", "")
                        ),
                        models.Q(
                            models.Q(("skipped", ""), _negated=True),
                            ("amount_minor", 0),
                            ("movement", None),
                        ),
                        _connector="OR",
                    ),
                    name="line_pays_or_says_why_not",
                ),
            ),
            *functions("marketplace.payouts", "payouts_run_as_agreed", "payouts_line_keeps"),
            script("marketplace.payouts", "triggers.sql", reverse="triggers_gone.sql"),
            protect("payouts_bankaccount", visible=owned_by("provider_id"), writable=IS_PLATFORM),
            protect("payouts_freeze", visible=owned_by("provider_id"), writable=IS_PLATFORM),
            protect("payouts_payoutrun", visible=IS_PLATFORM),
            protect("payouts_payoutline", visible=owned_by("provider_id"), writable=IS_PLATFORM),
        ]
    )
