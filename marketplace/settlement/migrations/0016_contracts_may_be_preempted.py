"""Contracts say by which rule, and with which notice, what they are of may be taken back."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0015_vouchers_are_given_back_by_two"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="contract",
                name="preemption_minutes",
                field=models.PositiveSmallIntegerField(
                    help_text="of notice before it is taken back", null=True
                ),
            ),
            migrations.AddField(
                model_name="contract",
                name="preemption_rule",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="by which it may be taken back before its time; empty: never",
                    max_length=20,
                ),
            ),
        ]
    )
