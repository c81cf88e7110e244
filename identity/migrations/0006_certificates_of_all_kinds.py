"""Certificates of all kinds, and reminders of their end."""

from django.db import migrations, models

from common.sql_files import bounded, script


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_suspensions")]

    operations = bounded(
        [
            migrations.AddField(
                model_name="smecertificate",
                name="criteria",
                field=models.CharField(
                    blank=True, help_text="version of the criteria that were met", max_length=20
                ),
            ),
            migrations.AddField(
                model_name="smecertificate",
                name="established_on",
                field=models.DateField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="smecertificate",
                name="reminded_days",
                field=models.PositiveSmallIntegerField(
                    blank=True,
                    help_text="how near its end was when its holder was last reminded",
                    null=True,
                ),
            ),
            migrations.AlterField(
                model_name="smecertificate",
                name="assets_minor",
                field=models.BigIntegerField(blank=True, null=True),
            ),
            migrations.AlterField(
                model_name="smecertificate",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("SME", "Small or medium enterprise"),
                        ("TECHNOLOGY_SME", "Technology SME"),
                        ("SPECIALISED", "Specialised and innovative SME"),
                        ("HIGH_TECH", "High-technology enterprise"),
                        ("START_UP", "Start-up by age"),
                    ],
                    max_length=16,
                ),
            ),
            migrations.AlterField(
                model_name="smecertificate",
                name="revenue_minor",
                field=models.BigIntegerField(blank=True, null=True),
            ),
            migrations.AlterField(
                model_name="smecertificate",
                name="staff_count",
                field=models.PositiveIntegerField(blank=True, null=True),
            ),
            script(
                "identity",
                "certificates_are_reminded.sql",
                reverse="certificates_are_reminded_gone.sql",
            ),
        ]
    )
