"""A run in which every contract fails is noted: the fault may be the market's, and nobody's row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0007_relations'),
    ]

    operations = [
        migrations.AddField(
            model_name='chargingcursor',
            name='failed',
            field=models.PositiveSmallIntegerField(default=0, help_text='runs since the last good one in which every contract failed'),
        ),
    ]
