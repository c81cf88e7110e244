"""Every fee after the first names the person who published it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0003_held_again_until_settled'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='feerule',
            name='published_by',
            field=models.ForeignKey(help_text='empty for the fee that the market is installed with', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='feerule',
            constraint=models.CheckConstraint(condition=models.Q(('version', 1), ('published_by__isnull', False), _connector='OR'), name='fee_is_published_by_somebody'),
        ),
    ]
