"""A project's quotes are found by an index; quotes are many, so it is built beside their use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("pricing", "0016_quotes_are_for_projects")]

    operations = [
        AddIndexConcurrently(
            model_name="quote",
            index=models.Index(
                condition=models.Q(("project__isnull", False)),
                fields=["project", "-id"],
                name="quote_by_project",
            ),
        ),
    ]
