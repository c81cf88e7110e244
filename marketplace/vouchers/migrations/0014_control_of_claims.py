"""Control looks at what is claimed, too."""

from django.conf import settings
from django.db import migrations, models

from common.sql_files import bounded, new_version, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("vouchers", "0013_reimbursed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="controlrule",
                name="control_rule_known",
            ),
            migrations.AlterField(
                model_name="controlfinding",
                name="code",
                field=models.CharField(
                    choices=[
                        ("related_supplier", "Applicant and seller are related"),
                        ("split_entity", "One enterprise applies as many"),
                        ("split_order", "One order is split"),
                        ("double_subsidy", "The contract was supported before"),
                        ("both_claim", "Buyer and seller both ask for support"),
                        ("file_twice", "The same file was used by another"),
                        ("certificate_twice", "The certificate was used by another"),
                        ("dishonest", "Listed as dishonest"),
                        ("wash_trades", "A case of surveillance rests on the trade"),
                        ("unsigned_readings", "Readings of the use bear no signature"),
                        ("power_not_measured", "Electricity of the use is not measured"),
                    ],
                    max_length=20,
                ),
            ),
            migrations.AlterField(
                model_name="controlrule",
                name="code",
                field=models.CharField(
                    choices=[
                        ("related_supplier", "Applicant and seller are related"),
                        ("split_entity", "One enterprise applies as many"),
                        ("split_order", "One order is split"),
                        ("double_subsidy", "The contract was supported before"),
                        ("both_claim", "Buyer and seller both ask for support"),
                        ("file_twice", "The same file was used by another"),
                        ("certificate_twice", "The certificate was used by another"),
                        ("dishonest", "Listed as dishonest"),
                        ("wash_trades", "A case of surveillance rests on the trade"),
                        ("unsigned_readings", "Readings of the use bear no signature"),
                        ("power_not_measured", "Electricity of the use is not measured"),
                    ],
                    max_length=20,
                ),
            ),
            migrations.AddConstraint(
                model_name="controlrule",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "code__in",
                            [
                                "related_supplier",
                                "split_entity",
                                "split_order",
                                "double_subsidy",
                                "both_claim",
                                "file_twice",
                                "certificate_twice",
                                "dishonest",
                                "wash_trades",
                                "unsigned_readings",
                                "power_not_measured",
                            ],
                        ),
                        ("severity__in", ["BLOCK", "QUEUE"]),
                    ),
                    name="control_rule_known",
                ),
            ),
            new_version("marketplace.vouchers", "vouchers_control_rule_as_agreed", version=2),
            script(
                "marketplace.vouchers",
                "control_of_claims.sql",
                reverse="control_of_claims_gone.sql",
            ),
        ]
    )
