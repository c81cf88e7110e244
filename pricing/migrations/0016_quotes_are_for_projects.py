"""Quotes may be made for a project of their buyer, and stay with it."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0015_cuts_by_time_hold_at_once"),
        ("projects", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="quote",
                name="project",
                field=models.ForeignKey(
                    db_index=False,
                    help_text="of the buyer: what is ordered at it is for this project",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="projects.project",
                ),
            ),
            migrations.AddIndex(
                model_name="quote",
                index=models.Index(
                    condition=models.Q(("project__isnull", False)),
                    fields=["project", "-id"],
                    name="quote_by_project",
                ),
            ),
            *functions("pricing", "pricing_project_is_the_buyers"),
            row_trigger(
                "pricing_quote",
                "quote_names_its_project",
                when="BEFORE INSERT",
                function="pricing_project_is_the_buyers",
            ),
        ]
    )
