"""Prepaid hours may be owed from the start of a contract, used or not, where its plan says so."""

from django.db import migrations

from common.sql_files import bounded, new_version


class Migration(migrations.Migration):
    dependencies = [("pricing", "0024_plans_take_shared_calendars")]

    operations = bounded([new_version("pricing", "pricing_terms_are_sound", version=5)])
