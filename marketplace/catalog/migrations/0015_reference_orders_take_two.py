"""The order by which prices are compared is agreed on by two operators."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("catalog", "0014_collars_by_reference"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="referenceorder",
                name="agreed_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="referenceorder",
                name="proposal",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="approvals.proposal",
                ),
            ),
            migrations.AddField(
                model_name="referenceorder",
                name="agreement",
                field=models.UUIDField(help_text="by which the proposal names this row", null=True),
            ),
            *functions("marketplace.catalog", "catalog_reference_as_agreed"),
            row_trigger(
                "catalog_referenceorder",
                "reference_order_as_agreed",
                when="BEFORE INSERT",
                function="catalog_reference_as_agreed",
            ),
        ]
    )
