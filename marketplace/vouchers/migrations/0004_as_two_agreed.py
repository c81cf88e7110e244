"""Programmes and large budgets are what two people agreed on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("vouchers", "0003_rules_are_announced"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="programmefunding",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddConstraint(
                model_name="programmefunding",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("confirmed_by", None), ("proposal", None)),
                        models.Q(("confirmed_by__isnull", False), ("proposal__isnull", False)),
                        _connector="OR",
                    ),
                    name="programme_funding_confirmed_as_proposed",
                ),
            ),
            migrations.AddField(
                model_name="programmeversion",
                name="approved_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="programmeversion",
                name="proposal",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddConstraint(
                model_name="programmeversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(("approved_by", models.F("published_by")), _negated=True),
                    name="programme_version_approved_by_another",
                ),
            ),
            *functions("marketplace.vouchers", "vouchers_funding_as_agreed"),
            row_trigger(
                "vouchers_programmefunding",
                "funding_as_agreed",
                when="BEFORE INSERT",
                function="vouchers_funding_as_agreed",
            ),
            *functions("marketplace.vouchers", "vouchers_version_as_agreed"),
            row_trigger(
                "vouchers_programmeversion",
                "version_as_agreed",
                when="BEFORE INSERT",
                function="vouchers_version_as_agreed",
            ),
        ]
    )
