"""A cover keeps its lines, what cut it, and the clauses that say so."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_orders_name_projects"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="ordercover",
                name="explained",
                field=models.JSONField(default=dict, help_text="its lines and cuts, with clauses"),
            ),
        ]
    )
