"""Jobs say where their result goes, and run what a second person agreed on."""

from django.db import migrations, models

from common.sql_files import bounded, functions, row_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("drivers", "0003_access_by_messages"),
        ("approvals", "0002_desks_read_their_own"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="batchjob",
                name="content_hash",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="of what it runs",
                    max_length=64,
                ),
            ),
            migrations.AddField(
                model_name="batchjob",
                name="proposal_id",
                field=models.UUIDField(
                    help_text="by which a second person of the buyer agreed to it",
                    null=True,
                    unique=True,
                ),
            ),
            migrations.AddField(
                model_name="batchjob",
                name="result_reference",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="where its result goes",
                    max_length=500,
                ),
            ),
            migrations.AddField(
                model_name="drivermessage",
                name="log_tail",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="the end of what a job wrote",
                    max_length=4000,
                ),
            ),
            *functions("marketplace.drivers", "drivers_job_as_agreed"),
            row_trigger(
                "drivers_batchjob",
                "job_as_agreed",
                when="BEFORE INSERT",
                function="drivers_job_as_agreed",
            ),
        ]
    )
