"""What sources told last of resources, read by whoever asks without acting for the market."""

from django.db import migrations

from common.sql_files import bounded, functions


class Migration(migrations.Migration):
    dependencies = [("sensing", "0003_health_in_time")]

    operations = bounded([*functions("gateway.sensing", "sensing_told")])
