"""Contracts end early as their plan says, and what that comes to is charged once."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from common.sql_files import bounded, functions, row_trigger

USAGE = Q(kind="USAGE", corrects__isnull=True, usage__isnull=False)
CORRECTION = Q(kind="CORRECTION", corrects__isnull=False, usage__isnull=False)
CLOSING = Q(
    kind="CLOSING", corrects__isnull=True, usage__isnull=True, quantity=0, measured_quantity=0
)


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0018_agreed_ends_act_at_their_moment"),
        ("pricing", "0021_plans_say_how_they_end"),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(model_name="charge", name="charge_kind_known"),
            migrations.RemoveConstraint(model_name="charge", name="correction_names_its_original"),
            migrations.AddField(
                model_name="earlyend",
                name="gives_back",
                field=models.DecimalField(
                    decimal_places=4,
                    help_text="of the price of prepaid hours not used, as its plan said",
                    max_digits=5,
                    null=True,
                ),
            ),
            migrations.AddField(
                model_name="earlyend",
                name="notice_seconds",
                field=models.PositiveIntegerField(help_text="that its plan asked", null=True),
            ),
            migrations.AlterField(
                model_name="charge",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("USAGE", "Usage"),
                        ("CORRECTION", "Correction"),
                        ("CLOSING", "Early end"),
                    ],
                    max_length=10,
                ),
            ),
            migrations.AlterField(
                model_name="charge",
                name="usage",
                field=models.ForeignKey(
                    db_index=False,
                    help_text="none behind what an early end comes to",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="metering.usagerecord",
                ),
            ),
            migrations.AlterField(
                model_name="earlyend",
                name="rule_version",
                field=models.CharField(
                    help_text="by which it ended; `plan-1` where its plan says how", max_length=20
                ),
            ),
            migrations.AddConstraint(
                model_name="charge",
                constraint=models.CheckConstraint(
                    condition=Q(kind__in=["USAGE", "CORRECTION", "CLOSING"]),
                    name="charge_kind_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="charge",
                constraint=models.CheckConstraint(
                    condition=USAGE | CORRECTION | CLOSING, name="charge_says_what_for"
                ),
            ),
            migrations.AddConstraint(
                model_name="charge",
                constraint=models.UniqueConstraint(
                    fields=["contract"],
                    condition=Q(kind="CLOSING"),
                    name="early_end_is_charged_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="earlyend",
                constraint=models.CheckConstraint(
                    condition=Q(
                        rule_version="plan-1",
                        notice_seconds__isnull=False,
                        gives_back__gte=0,
                        gives_back__lte=1,
                    )
                    | ~Q(rule_version="plan-1")
                    & Q(notice_seconds__isnull=True, gives_back__isnull=True),
                    name="early_end_says_what_its_plan_did",
                ),
            ),
            *functions(
                "marketplace.settlement",
                "settlement_end_as_planned",
                "settlement_closing_as_planned",
            ),
            row_trigger(
                "settlement_earlyend",
                "early_end_as_planned",
                when="BEFORE INSERT",
                function="settlement_end_as_planned",
            ),
            migrations.RunSQL(
                sql="CREATE TRIGGER closing_as_planned BEFORE INSERT ON settlement_charge"
                " FOR EACH ROW WHEN (NEW.kind = 'CLOSING' OR NEW.lines @? '$[*].ending')"
                " EXECUTE FUNCTION settlement_closing_as_planned();",
                reverse_sql="DROP TRIGGER closing_as_planned ON settlement_charge;",
            ),
        ]
    )
