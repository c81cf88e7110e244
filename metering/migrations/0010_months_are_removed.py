"""Months of raw readings go when their term is over; how many went stays."""

import django.db.models.deletion
from django.db import migrations, models

from common.rls import owned_by, protect
from common.sql_files import append_only, bounded, functions


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0022_organizations_are_closed"),
        ("metering", "0009_readings_by_month"),
        ("privacy", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="RemovedReadings",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("readings", models.BigIntegerField()),
                ],
            ),
            migrations.AddField(
                model_name="readingmonth",
                name="readings",
                field=models.BigIntegerField(
                    help_text="how many went, of the whole market", null=True
                ),
            ),
            migrations.AddField(
                model_name="readingmonth",
                name="removed_at",
                field=models.DateTimeField(help_text="when its raw readings went", null=True),
            ),
            migrations.AddConstraint(
                model_name="readingmonth",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("readings__isnull", True), ("removed_at__isnull", True)),
                        models.Q(("readings__gte", 0), ("removed_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="reading_month_counts_what_went",
                ),
            ),
            migrations.AddField(
                model_name="removedreadings",
                name="month",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="removed",
                    to="metering.readingmonth",
                ),
            ),
            migrations.AddField(
                model_name="removedreadings",
                name="provider",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.organization",
                ),
            ),
            migrations.AddConstraint(
                model_name="removedreadings",
                constraint=models.UniqueConstraint(
                    fields=("provider", "month"), name="readings_removed_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="removedreadings",
                constraint=models.CheckConstraint(
                    condition=models.Q(("readings__gt", 0)), name="some_readings_removed"
                ),
            ),
            append_only("metering_removedreadings"),
            migrations.RunSQL(
                sql="REVOKE INSERT ON metering_removedreadings FROM suanpan_app;",
                reverse_sql=migrations.RunSQL.noop,
            ),
            protect("metering_removedreadings", visible=owned_by("provider_id")),
            *functions("metering", "metering_month_stands", "metering_remove_month"),
        ]
    )
