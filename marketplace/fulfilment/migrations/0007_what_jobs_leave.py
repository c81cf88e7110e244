"""What a job leaves at its exit, where its provider says so by hand."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0006_drivers_reasons"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="deliverystep",
                name="exit_code",
                field=models.PositiveSmallIntegerField(
                    help_text="of a job, at its exit", null=True
                ),
            ),
            migrations.AddField(
                model_name="deliverystep",
                name="log_tail",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="the end of what a job wrote, at its exit",
                    max_length=4000,
                ),
            ),
            migrations.AddField(
                model_name="deliverystep",
                name="result_reference",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="where the result of a job is, at its exit",
                    max_length=500,
                ),
            ),
            migrations.AddConstraint(
                model_name="deliverystep",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("exit_code__isnull", True), ("log_tail", ""), ("result_reference", "")
                        ),
                        models.Q(
                            ("move", "EXIT"),
                            models.Q(
                                ("exit_code__isnull", True),
                                ("exit_code__lte", 255),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="delivery_step_leaves_at_exit",
                ),
            ),
        ]
    )
