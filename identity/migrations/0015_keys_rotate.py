"""Keys get a new secret beside the old, know their networks and their last use."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from common.sql_files import bounded, function, script


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0010_storage_and_networks"),
    ]

    operations = bounded(
        [
            migrations.AddField(
                model_name="apikey",
                name="ends_at",
                field=models.DateTimeField(
                    help_text="until when a replaced key is good beside the new one", null=True
                ),
            ),
            migrations.AddField(
                model_name="apikey",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("ORGANIZATION", "Key of the organisation"),
                        ("PERSONAL", "Personal access token"),
                    ],
                    db_default="ORGANIZATION",
                    default="ORGANIZATION",
                    max_length=12,
                ),
            ),
            migrations.AddField(
                model_name="apikey",
                name="last_used_at",
                field=models.DateTimeField(help_text="to within some minutes", null=True),
            ),
            migrations.AddField(
                model_name="apikey",
                name="last_used_from",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="the network, no address",
                    max_length=50,
                ),
            ),
            migrations.AddField(
                model_name="apikey",
                name="networks",
                field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=43),
                    help_text="from which it may be used, as CIDR; empty: from everywhere",
                    null=True,
                    size=None,
                ),
            ),
            migrations.AddField(
                model_name="apikey",
                name="replaces",
                field=models.OneToOneField(
                    help_text="the former key",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="identity.apikey",
                ),
            ),
            migrations.AddConstraint(
                model_name="apikey",
                constraint=models.CheckConstraint(
                    condition=models.Q(("kind__in", ["ORGANIZATION", "PERSONAL"])),
                    name="api_key_kind_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="apikey",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("ends_at__isnull", True),
                        ("ends_at__lte", models.F("expires_at")),
                        _connector="OR",
                    ),
                    name="api_key_ends_no_later",
                ),
            ),
            function("identity", "identity_key_only_ends"),
            script("identity", "keys_rotate.sql", reverse="keys_rotate_gone.sql"),
        ]
    )
