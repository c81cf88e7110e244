"""A passkey is a second factor, as a code of the app is."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0018_profiles_side_by_side"),
    ]

    operations = bounded([new_version("identity", "identity_has_second_factor", version=2)])
