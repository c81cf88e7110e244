"""Runs withhold tax by dated rules that two agree on, and give it back with what comes back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import common.ids
from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import append_only, bounded, functions, new_version, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0007_certificates_by_their_end"),
        ("payments", "0005_payouts_by_the_gateway"),
        ("payouts", "0002_runs_by_the_gateway"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="TaxReturn",
                fields=[
                    (
                        "line",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="tax_return",
                            serialize=False,
                            to="payouts.payoutline",
                        ),
                    ),
                    ("provider_id", models.UUIDField()),
                    ("amount_minor", models.BigIntegerField()),
                    ("returned_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="TaxRule",
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
                        "kind",
                        models.CharField(
                            choices=[
                                ("ENTERPRISE", "Enterprise"),
                                ("SOLE_TRADER", "Individual business"),
                                ("INSTITUTION", "Public institution"),
                                ("OTHER", "Other organisation"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("rate", models.DecimalField(decimal_places=6, max_digits=7)),
                    ("starts_on", models.DateField()),
                    (
                        "ends_on",
                        models.DateField(
                            help_text="exclusive; none until another begins", null=True
                        ),
                    ),
                    (
                        "source",
                        models.CharField(help_text="by which law or notice", max_length=300),
                    ),
                    ("published_at", models.DateTimeField()),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="payoutline",
                name="line_pays_what_is_owed",
            ),
            migrations.RemoveConstraint(
                model_name="payoutline",
                name="line_pays_or_says_why_not",
            ),
            migrations.RemoveConstraint(
                model_name="payoutrun",
                name="run_pays_somebody",
            ),
            migrations.AddField(
                model_name="payoutline",
                name="tax_minor",
                field=models.BigIntegerField(db_default=0, default=0, help_text="withheld"),
            ),
            migrations.AddField(
                model_name="payoutrun",
                name="tax_minor",
                field=models.BigIntegerField(db_default=0, default=0, help_text="withheld"),
            ),
            migrations.AddConstraint(
                model_name="payoutrun",
                constraint=models.CheckConstraint(
                    condition=Q(amount_minor__gte=0, netted_minor__gte=0, tax_minor__gte=0)
                    & Q(threshold_minor__gt=0)
                    & Q(amount_minor__gt=0, payouts__gt=0),
                    name="run_pays_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="taxreturn",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="tax_return_is_an_amount"
                ),
            ),
            migrations.AddField(
                model_name="taxrule",
                name="approved_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="taxrule",
                name="proposal",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddField(
                model_name="taxrule",
                name="published_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="payoutline",
                name="tax_rule",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="payouts.taxrule",
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutline",
                constraint=models.CheckConstraint(
                    condition=Q(netted_minor__gte=0, netted_minor__lte=F("owed_minor"))
                    & Q(frozen_minor__gte=0, amount_minor__gte=0)
                    & Q(payable_minor__gte=F("amount_minor") + F("netted_minor") + F("tax_minor")),
                    name="line_pays_what_is_owed",
                ),
            ),
            migrations.AddConstraint(
                model_name="payoutline",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("tax_minor", 0),
                        models.Q(("tax_minor__gt", 0), ("tax_rule__isnull", False)),
                        _connector="OR",
                    ),
                    name="line_tax_has_its_rule",
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
                            ("tax_minor", 0),
                        ),
                        _connector="OR",
                    ),
                    name="line_pays_or_says_why_not",
                ),
            ),
            migrations.AddConstraint(
                model_name="taxrule",
                constraint=models.UniqueConstraint(
                    fields=("kind", "starts_on"), name="tax_begins_once_a_day"
                ),
            ),
            migrations.AddConstraint(
                model_name="taxrule",
                constraint=models.CheckConstraint(
                    condition=models.Q(("rate__gte", 0), ("rate__lt", 1)),
                    name="payout_tax_is_a_share",
                ),
            ),
            migrations.AddConstraint(
                model_name="taxrule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("kind__in", ["ENTERPRISE", "SOLE_TRADER", "INSTITUTION", "OTHER"])
                    ),
                    name="tax_kind_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="taxrule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ends_on", None), ("ends_on__gt", models.F("starts_on")), _connector="OR"
                    ),
                    name="tax_days_in_order",
                ),
            ),
            migrations.AddConstraint(
                model_name="taxrule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("approved_by", models.F("published_by")), _negated=True),
                        models.Q(("source", ""), _negated=True),
                    ),
                    name="tax_is_approved_by_another",
                ),
            ),
            new_version("marketplace.payouts", "payouts_run_as_agreed", version=2),
            *functions("marketplace.payouts", "payouts_tax_as_agreed"),
            row_trigger(
                "payouts_taxrule",
                "tax_as_agreed",
                when="BEFORE INSERT",
                function="payouts_tax_as_agreed",
            ),
            append_only("payouts_taxrule"),
            append_only("payouts_taxreturn"),
            protect("payouts_taxrule", visible="true", writable=IS_PLATFORM),
            protect("payouts_taxreturn", visible=owned_by("provider_id"), writable=IS_PLATFORM),
        ]
    )
