"""Credits that a published rule computed, without persons."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("identity", "0024_codes_are_renamed"),
        ("settlement", "0013_contracts_keep_facts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="adjustment",
                name="asset",
                field=models.CharField(
                    db_default="CNY",
                    default="CNY",
                    help_text="a voucher's: it went back to it",
                    max_length=60,
                ),
            ),
            migrations.AddField(
                model_name="adjustment",
                name="by_rule",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="instead of two persons",
                    max_length=20,
                ),
            ),
            migrations.AlterField(
                model_name="adjustment",
                name="approved_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AlterField(
                model_name="adjustment",
                name="booked_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AlterField(
                model_name="adjustment",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddConstraint(
                model_name="adjustment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("approved_by__isnull", False),
                            ("asset", "CNY"),
                            ("booked_by__isnull", False),
                            ("by_rule", ""),
                            ("proposal__isnull", False),
                        ),
                        models.Q(
                            ("approved_by__isnull", True),
                            ("booked_by__isnull", True),
                            ("by_rule__gt", ""),
                            ("payee__in", ("BUYER", "PROVIDER")),
                            ("payer__in", ("BUYER", "PROVIDER")),
                            ("proposal__isnull", True),
                            ("reason", "service_level"),
                            ("reverses__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="adjustment_by_two_or_by_rule",
                ),
            ),
            new_version("marketplace.settlement", "settlement_adjustment_as_agreed", version=2),
        ]
    )
