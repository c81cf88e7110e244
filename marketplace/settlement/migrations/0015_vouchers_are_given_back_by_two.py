"""What a dispute gives back to vouchers goes as two people agreed."""

from django.db import migrations, models

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("settlement", "0014_credits_by_rule")]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="adjustment", name="adjustment_by_two_or_by_rule"
            ),
            migrations.AddConstraint(
                model_name="adjustment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("approved_by__isnull", False),
                            ("booked_by__isnull", False),
                            ("by_rule", ""),
                            ("proposal__isnull", False),
                            models.Q(
                                ("asset", "CNY"),
                                models.Q(
                                    ("contract__isnull", False),
                                    ("payee", "BUYER"),
                                    ("payer", "PROVIDER"),
                                    ("reason", "dispute"),
                                    ("reverses__isnull", True),
                                ),
                                _connector="OR",
                            ),
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
            new_version("marketplace.settlement", "settlement_adjustment_as_agreed", version=3),
        ]
    )
