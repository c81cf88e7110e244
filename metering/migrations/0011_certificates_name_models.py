"""A certified throughput names the model that answers so many tokens, and its other names."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [("identity", "0025_tokens_a_second"), ("metering", "0010_months_are_removed")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="capacitycertificate",
                name="aliases",
                field=models.JSONField(
                    db_default=models.Value([], models.JSONField()),
                    help_text="its other names, in small letters",
                ),
            ),
            migrations.AddField(
                model_name="capacitycertificate",
                name="model",
                field=models.CharField(
                    blank=True, db_default="", help_text="what answers the tokens", max_length=60
                ),
            ),
            migrations.AddIndex(
                model_name="capacitycertificate",
                index=models.Index(
                    condition=models.Q(("assessment", "MEASURED"), ("unit", "tokens/s")),
                    fields=["model", "resource"],
                    name="certificate_of_model",
                ),
            ),
            migrations.AddConstraint(
                model_name="capacitycertificate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("model__gt", ""), ("unit", "tokens/s")),
                        models.Q(("aliases", []), ("model", "")),
                        _connector="OR",
                    ),
                    name="certificate_of_a_model",
                ),
            ),
        ]
    )
