"""What a unit can cost at the least by a plan: a bound to sort by, and no price."""

from django.db import migrations, models

from common.sql_files import bounded, functions, new_version


def _least(unit: str) -> migrations.AddField:
    return migrations.AddField(
        model_name="rateplanversion",
        name=f"least_{unit}",
        field=models.GeneratedField(
            db_persist=True,
            expression=models.Func(
                models.F("components"),
                models.F("terms"),
                models.Value(unit),
                function="pricing_least_price",
            ),
            output_field=models.DecimalField(decimal_places=6, max_digits=20),
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("pricing", "0013_members_see_their_groups")]

    operations = bounded(
        [
            *functions("pricing", "pricing_least_price"),
            new_version("pricing", "pricing_version_only_ends", version=3),
            *map(_least, ("unit_hour", "standard_hour", "gb_month", "ktoken")),
        ]
    )
