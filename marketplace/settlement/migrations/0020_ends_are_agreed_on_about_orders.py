"""An end is agreed on about an order, whether it is delivered or charged by the clock."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0019_plans_say_how_they_end"),
        ("fulfilment", "0011_conversations_on_orders"),
    ]

    operations = bounded(
        [new_version("marketplace.settlement", "settlement_end_as_agreed", version=3)]
    )
