"""Components that rating could not read cannot be published."""

import common.checks
from django.db import migrations, models

from common.sql_files import function


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_wall_between_tenants'),
        ('pricing', '0001_plans_and_quotes'),
    ]

    operations = [
        function('pricing', 'pricing_components_are_sound', arguments='jsonb'),
        migrations.AddConstraint(
            model_name='rateplanversion',
            constraint=models.CheckConstraint(condition=common.checks.Sound(models.F('components'), function='pricing_components_are_sound'), name='rate_plan_version_components_are_sound'),
        ),
    ]
