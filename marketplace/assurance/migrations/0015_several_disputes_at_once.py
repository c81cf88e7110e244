"""Several things of a contract are disputed at once; together they claim no more than was paid."""

from django.db import migrations, models
from django.db.models import Q

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("assurance", "0014_each_month_is_looked_up_by_itself")]

    operations = bounded(
        [
            migrations.RemoveConstraint(
                model_name="tradedispute",
                name="dispute_under_way_once",
            ),
            migrations.AddConstraint(
                model_name="tradedispute",
                constraint=models.UniqueConstraint(
                    condition=~Q(state__in=("CLOSED", "WITHDRAWN")),
                    fields=("contract", "subject", "subject_id"),
                    name="dispute_under_way_once",
                    nulls_distinct=False,
                ),
            ),
            new_version("marketplace.assurance", "assurance_dispute_moves", version=4),
        ]
    )
