"""A grant ends, too, when the organisation that holds it was closed."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("identity", "0026_former_codes_are_found")]

    operations = bounded([new_version("identity", "identity_grant_as_agreed", version=2)])
