"""No reading is older than the epoch, and usage records tell how many units were in use at once."""

from django.db import migrations, models
from django.db.models import Q

from metering.rules import EPOCH


class Migration(migrations.Migration):
    dependencies = [("metering", "0009_persons_behind_decisions")]

    operations = [
        migrations.AddConstraint(
            "reading",
            models.CheckConstraint(
                condition=Q(starts_at__gte=EPOCH), name="reading_since_the_epoch"
            ),
        ),
        migrations.AddField(
            "usagerecord",
            "units_max",
            models.DecimalField(
                max_digits=38,
                decimal_places=12,
                null=True,
                help_text="units in use at one moment, at most; "
                "nobody knows of old records and of counts",
            ),
        ),
        migrations.AddConstraint(
            "usagerecord",
            models.CheckConstraint(condition=Q(units_max__gte=0), name="usage_units_not_negative"),
        ),
    ]
