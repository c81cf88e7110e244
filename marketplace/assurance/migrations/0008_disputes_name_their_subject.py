"""Disputes name what they are about, in its asset, and whose turn it is is reminded."""

from django.conf import settings
from django.db import migrations, models

from common.sql_files import bounded, functions, new_version, script


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_desks_read_their_own"),
        ("assurance", "0007_resources_are_scored"),
        ("settlement", "0015_vouchers_are_given_back_by_two"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="tradedispute",
                name="asset",
                field=models.CharField(
                    db_default="CNY",
                    default="CNY",
                    help_text="a voucher's: it goes back to it",
                    max_length=60,
                ),
            ),
            migrations.AddField(
                model_name="tradedispute",
                name="remind_at",
                field=models.DateTimeField(
                    help_text="when whose turn it is is reminded", null=True
                ),
            ),
            migrations.AddField(
                model_name="tradedispute",
                name="subject_id",
                field=models.UUIDField(help_text="of the charge, certificate, voucher…", null=True),
            ),
            migrations.AddIndex(
                model_name="tradedispute",
                index=models.Index(
                    condition=models.Q(("remind_at__isnull", False)),
                    fields=["remind_at"],
                    name="dispute_by_reminder",
                ),
            ),
            migrations.AddConstraint(
                model_name="tradedispute",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("asset", "CNY"),
                        models.Q(("subject", "COVER"), ("subject_id__isnull", False)),
                        _connector="OR",
                    ),
                    name="dispute_of_a_cover_is_in_its_asset",
                ),
            ),
            script(
                "marketplace.assurance", "disputes_remind.sql", reverse="disputes_remind_gone.sql"
            ),
            *functions("marketplace.assurance", "assurance_dispute_standing"),
            new_version("marketplace.assurance", "assurance_dispute_moves", version=2),
        ]
    )
