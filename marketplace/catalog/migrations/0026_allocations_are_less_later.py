"""What is set aside for an order may be less from a moment on."""

from django.db import migrations, models

from common.sql_files import bounded


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0025_listings_stand_beside"),
        ("identity", "0028_pools_are_asked_for"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="allocation",
                name="later_from",
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="allocation",
                name="later_milli",
                field=models.BigIntegerField(
                    blank=True, help_text="of less from a moment on: how much it then is", null=True
                ),
            ),
            migrations.AddConstraint(
                model_name="allocation",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("later_from__isnull", True), ("later_milli__isnull", True)),
                        models.Q(
                            ("later_from__gt", models.F("starts_at")),
                            ("later_from__lt", models.F("ends_at")),
                            ("later_milli__gt", 0),
                            ("later_milli__lt", models.F("milli")),
                        ),
                        _connector="OR",
                    ),
                    name="allocation_is_less_later",
                ),
            ),
        ]
    )
