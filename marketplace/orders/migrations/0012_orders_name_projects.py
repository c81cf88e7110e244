"""Orders name what and whom they are for, and give back what they took of caps."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, functions, script


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_listings_obey_their_resource"),
        ("identity", "0005_suspensions"),
        ("orders", "0011_trade_has_guards"),
        ("budgets", "0001_initial"),
        ("projects", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="order",
                name="placed_by_id",
                field=models.BigIntegerField(help_text="the person behind the order", null=True),
            ),
            migrations.AddField(
                model_name="order",
                name="project",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="projects.project",
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("project__isnull", False)),
                    fields=["project", "-id"],
                    name="order_by_project",
                ),
            ),
            *functions(
                "marketplace.orders", "orders_project_is_the_buyers", "orders_cancelled_gives_back"
            ),
            script("marketplace.orders", "projects.sql", reverse="projects_gone.sql"),
        ]
    )
