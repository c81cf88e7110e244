"""Providers are paid by the gateway, too: a run has one channel, and an account is of one."""

from django.db import migrations, models
from django.db.models import Q

from common.sql_files import bounded

CHANNEL = models.CharField(
    choices=[("BANK", "Bank transfer"), ("STRIPE", "Payment gateway")],
    default="BANK",
    max_length=10,
)
FORMS = Q(
    channel="BANK", account_number__regex="^[0-9]{8,34}$", bank_code__regex="^[0-9]{12}$"
) | Q(channel="STRIPE", account_number__regex="^acct_[A-Za-z0-9]{8,29}$", bank_code="")


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0001_initial"),
        ("payments", "0005_payouts_by_the_gateway"),
    ]
    operations = bounded(
        [
            migrations.AddField(model_name="payoutrun", name="channel", field=CHANNEL),
            migrations.AddField(model_name="bankaccount", name="channel", field=CHANNEL),
            migrations.AlterField(
                model_name="bankaccount",
                name="bank_name",
                field=models.CharField(blank=True, max_length=120),
            ),
            migrations.AlterField(
                model_name="bankaccount",
                name="bank_code",
                field=models.CharField(blank=True, max_length=12),
            ),
            migrations.RemoveConstraint(model_name="bankaccount", name="one_account_in_use"),
            migrations.RemoveConstraint(model_name="bankaccount", name="account_is_digits"),
            migrations.AddConstraint(
                model_name="bankaccount",
                constraint=models.UniqueConstraint(
                    condition=Q(replaced_at=None),
                    fields=("provider", "channel"),
                    name="one_account_a_channel",
                ),
            ),
            migrations.AddConstraint(
                model_name="bankaccount",
                constraint=models.CheckConstraint(
                    condition=FORMS, name="account_is_of_its_channel"
                ),
            ),
        ]
    )
