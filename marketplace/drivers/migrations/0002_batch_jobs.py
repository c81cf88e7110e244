"""What orders run."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import TENANT, owned_by, protect
from common.sql_files import append_only, bounded

IS_PROVIDERS = (
    f"EXISTS (SELECT FROM orders_order o WHERE o.id = order_id AND o.provider_id::text = {TENANT})"
)


class Migration(migrations.Migration):
    dependencies = [
        ("drivers", "0001_initial"),
        ("orders", "0019_tokens_are_committed"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="BatchJob",
                fields=[
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="orders.order",
                        ),
                    ),
                    ("buyer_id", models.UUIDField()),
                    ("command", models.JSONField(help_text="words, the first is the program")),
                    (
                        "image",
                        models.CharField(blank=True, db_default="", default="", max_length=500),
                    ),
                    (
                        "data_reference",
                        models.CharField(blank=True, db_default="", default="", max_length=500),
                    ),
                    (
                        "environment",
                        models.JSONField(default=dict, help_text="values that are no secrets"),
                    ),
                    (
                        "sealed_names",
                        models.JSONField(
                            default=list, help_text="variables whose values are handed over sealed"
                        ),
                    ),
                    ("wall_seconds", models.PositiveIntegerField()),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("wall_seconds__gt", 0)), name="batch_job_is_bounded"
                        )
                    ],
                },
            ),
            append_only("drivers_batchjob"),
            protect(
                "drivers_batchjob",
                visible=f"{owned_by('buyer_id')} OR {IS_PROVIDERS}",
                writable=owned_by("buyer_id"),
            ),
        ]
    )
