"""What was measured beyond an order stands on its charges, its contract and its trade record."""

from django.db import migrations, models
from django.db.models import F, Q

MOVING = (
    "'state', 'settled_at', 'watermark', 'is_behind', 'refusal_code', 'quantity',"
    " 'standard_hours', 'rated_minor', 'gross_minor', 'voucher_minor', 'cash_minor', 'fee_minor'"
)


def keep_terms_but(moving):
    return f"""
        DROP TRIGGER contract_keeps_terms ON settlement_contract;
        CREATE TRIGGER contract_keeps_terms BEFORE UPDATE ON settlement_contract
            FOR EACH ROW EXECUTE FUNCTION settlement_keep_terms({moving});
    """


def quantity(help_text):
    return models.DecimalField(max_digits=38, decimal_places=12, default=0, help_text=help_text)


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_fees_name_a_person")]

    operations = [
        migrations.AddField("contract", "beyond_quantity", quantity("measured, and not ordered")),
        migrations.AddField(
            "traderecord", "beyond_quantity", quantity("measured, and not ordered")
        ),
        migrations.AddField(
            "charge", "beyond_quantity", quantity("of what it adds, not ordered")
        ),
        migrations.AddField(
            "charge",
            "beyond_standard_hours",
            models.DecimalField(max_digits=38, decimal_places=12, null=True, default=0),
        ),
        migrations.AddIndex(
            "charge", models.Index(fields=["contract", "starts_at"], name="charge_of_window")
        ),
        migrations.AddConstraint(
            "charge",
            models.CheckConstraint(
                condition=Q(measured_quantity__gte=0, total_quantity__gte=0, revision__gt=0)
                & Q(ends_at__gt=F("starts_at")),
                name="charge_quantities_not_negative",
            ),
        ),
        migrations.AddConstraint(
            "contract",
            models.CheckConstraint(
                condition=Q(quantity__gte=0, beyond_quantity__gte=0, watermark__gte=0),
                name="contract_quantities_not_negative",
            ),
        ),
        migrations.RunSQL(
            keep_terms_but(f"{MOVING}, 'beyond_quantity'"), keep_terms_but(MOVING)
        ),
    ]
