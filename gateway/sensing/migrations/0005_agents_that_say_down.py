"""Where it is found that agents say, or said, that resources are down."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("sensing", "0004_told_to_everybody")]

    operations = bounded(
        [
            migrations.AddIndex(
                model_name="healthspan",
                index=models.Index(
                    condition=models.Q(("health", "DOWN"), ("source", "AGENT")),
                    fields=["ends_at"],
                    name="health_span_agent_down",
                ),
            ),
            migrations.AddIndex(
                model_name="sourcestate",
                index=models.Index(
                    condition=models.Q(("health", "DOWN"), ("source", "AGENT")),
                    fields=["fresh_until"],
                    name="state_agent_says_down",
                ),
            ),
        ]
    )
