"""Fees are what two people agreed on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("settlement", "0004_documents_and_notice"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="feerule",
                name="approved_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="feerule",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddConstraint(
                model_name="feerule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("version", 1),
                        models.Q(
                            ("proposal__isnull", False),
                            models.Q(("approved_by", models.F("published_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="fee_is_approved_by_another",
                ),
            ),
            *functions("marketplace.settlement", "settlement_fee_as_agreed"),
            row_trigger(
                "settlement_feerule",
                "fee_as_agreed",
                when="BEFORE INSERT",
                function="settlement_fee_as_agreed",
            ),
        ]
    )
