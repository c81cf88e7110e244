"""Versions of plans, and drafts of them, name the document and the clause that they rest on."""

from django.db import migrations, models

from common.sql_files import bounded

SOURCE = models.CharField(
    blank=True, db_default="", max_length=300, help_text="the document that it rests on"
)
DRAFT_SOURCE = models.CharField(blank=True, db_default="", max_length=300)
CLAUSE = models.CharField(blank=True, db_default="", max_length=120)


class Migration(migrations.Migration):
    dependencies = [("pricing", "0018_tokens_have_kinds")]

    operations = bounded(
        [
            migrations.AddField("rateplandraft", "clause", CLAUSE),
            migrations.AddField("rateplandraft", "source", DRAFT_SOURCE),
            migrations.AddField("rateplanversion", "clause", CLAUSE),
            migrations.AddField(
                "rateplanversion",
                "source",
                SOURCE,
            ),
            migrations.AddConstraint(
                model_name="rateplanversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(clause="") | ~models.Q(source=""),
                    name="rate_plan_clause_is_of_a_source",
                ),
            ),
        ]
    )
