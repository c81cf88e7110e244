"""The reasons that stood there are looked at, while everybody goes on writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0017_agreed_ends_have_a_reason")]

    operations = bounded(
        [
            ValidateConstraint(model_name="computedelivery", name="delivery_reason_known"),
        ]
    )
