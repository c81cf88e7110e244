"""What is given back before the settlement is held again; what is given back later is released."""

from django.db import migrations, models
from django.db.models import F, Q

# So far all that was given back was the buyer's again at once: it counts as released.
RELEASED = """
    SELECT set_config('suanpan.tenant', '*', true);
    UPDATE settlement_contractfunds SET released_minor = released_minor + returned_minor
        WHERE returned_minor > 0;
    SELECT set_config('suanpan.tenant', '', true);
"""
RETURNED = """
    SELECT set_config('suanpan.tenant', '*', true);
    UPDATE settlement_contractfunds
        SET captured_minor = captured_minor - returned_minor, returned_minor = 0
        WHERE returned_minor > 0;
    SELECT set_config('suanpan.tenant', '', true);
"""
CHECKS = ("funds_never_beyond_hold", "funds_hold_open_while_money_is_held")
GONE = F("captured_minor") - F("returned_minor") + F("released_minor")


def added(name, condition):
    constraint = models.CheckConstraint(name=name, condition=condition)
    return migrations.AddConstraint("contractfunds", constraint)


class Migration(migrations.Migration):
    dependencies = [("settlement", "0002_walls_and_first_fee")]

    operations = [
        *(migrations.RemoveConstraint("contractfunds", name) for name in CHECKS),
        migrations.RunSQL(RELEASED, RETURNED),
        added(
            "funds_never_beyond_hold",
            Q(held_minor__gt=0, captured_minor__gte=0, released_minor__gte=0)
            & Q(held_minor__gte=GONE),
        ),
        added(
            "funds_hold_open_while_money_is_held",
            Q(hold_id__isnull=True) ^ Q(held_minor__gt=GONE),
        ),
    ]
