"""Readings lie by month, and their names in a narrow table for good."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from common.rls import owned_by, protect
from common.sql_files import bounded, functions, new_version, script

WALL = protect("metering_reading", visible=owned_by("provider_id"))


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0009_keys_of_one_program"),
        ("metering", "0008_readings_of_parts_and_states"),
    ]

    operations = bounded(
        [
            migrations.CreateModel(
                name="ReadingMonth",
                fields=[
                    (
                        "month",
                        models.DateField(
                            help_text="its first day, in UTC", primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "made_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "next_due_at",
                        models.DateTimeField(
                            help_text="of the newest: when the month after it is to be made",
                            null=True,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("next_due_at__isnull", False)),
                            fields=["next_due_at"],
                            name="reading_month_due",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("month__day", 1)), name="reading_month_begins"
                        )
                    ],
                },
            ),
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.RemoveConstraint(model_name="reading", name="reading_taken_once"),
                    migrations.AlterField(
                        model_name="reading",
                        name="agent",
                        field=models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            help_text="whose signature came with it",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.meteringagent",
                        ),
                    ),
                ],
            ),
            *functions(
                "metering",
                "metering_reading_name",
                "metering_reading_digest",
                "metering_make_month",
                "metering_keep_months",
            ),
            new_version("metering", "metering_require_own_meters", version=2),
            migrations.RunSQL(sql=WALL.reverse_sql, reverse_sql=WALL.sql),
            script("metering", "readings_by_month.sql", reverse="readings_by_month_gone.sql"),
            WALL,
            *functions("metering", "metering_known_readings", "metering_take_readings"),
        ]
    )
