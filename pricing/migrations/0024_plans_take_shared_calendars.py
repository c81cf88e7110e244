"""Plans and drafts keep which shared calendars their days were taken from."""

from django.db import migrations, models

from common.sql_files import bounded

TAKEN = models.JSONField(
    db_default=[], default=list, help_text="the shared calendars whose days its terms took"
)


class Migration(migrations.Migration):
    dependencies = [("pricing", "0023_tiers_count_in_steps")]

    operations = bounded(
        [
            migrations.AddField(
                "rateplandraft", "calendars", models.JSONField(db_default=[], default=list)
            ),
            migrations.AddField("rateplanversion", "calendars", TAKEN),
            migrations.AddConstraint(
                model_name="rateplanversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(calendars=[]) | models.Q(terms__isnull=False),
                    name="rate_plan_calendars_are_of_terms",
                ),
            ),
        ]
    )
