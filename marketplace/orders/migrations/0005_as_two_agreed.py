"""Large deposits are what two people agreed on."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("orders", "0004_rounds_are_documents"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="deposit",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddConstraint(
                model_name="deposit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("confirmed_by", None), ("proposal", None)),
                        models.Q(("confirmed_by__isnull", False), ("proposal__isnull", False)),
                        _connector="OR",
                    ),
                    name="deposit_confirmed_as_proposed",
                ),
            ),
            *functions("marketplace.orders", "orders_deposit_as_agreed"),
            row_trigger(
                "orders_deposit",
                "deposit_as_agreed",
                when="BEFORE INSERT",
                function="orders_deposit_as_agreed",
            ),
        ]
    )
