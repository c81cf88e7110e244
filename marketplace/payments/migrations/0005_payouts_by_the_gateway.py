"""A payout by the gateway names to whom it goes, and never another."""

from django.db import migrations, models

from common.sql_files import bounded, function


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_what_is_seen_to")]
    operations = bounded(
        [
            migrations.AddField(
                model_name="movement",
                name="payee_reference",
                field=models.CharField(blank=True, default="", max_length=120),
                preserve_default=False,
            ),
            function("marketplace.payments", "payments_movement_keeps", version=2),
        ]
    )
