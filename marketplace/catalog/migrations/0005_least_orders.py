from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_needs_review'),
        ('identity', '0004_persons_behind_evidence'),
        ('metering', '0009_persons_behind_decisions'),
        ('pricing', '0002_components_are_sound'),
    ]

    operations = [
        migrations.AddField(
            model_name='book',
            name='least_milli',
            field=models.BigIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='book',
            name='least_minor',
            field=models.BigIntegerField(db_default=1, default=1, help_text='what an order that is not free costs at least'),
        ),
        migrations.AddField(
            model_name='book',
            name='least_seconds',
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='book',
            name='step_milli',
            field=models.BigIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='book',
            name='step_seconds',
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='listing',
            name='least_milli',
            field=models.BigIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='listing',
            name='least_minor',
            field=models.BigIntegerField(db_default=1, default=1, help_text='what an order that is not free costs at least'),
        ),
        migrations.AddField(
            model_name='listing',
            name='least_seconds',
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='listing',
            name='step_milli',
            field=models.BigIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='listing',
            name='step_seconds',
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name='book',
            constraint=models.CheckConstraint(condition=models.Q(('least_milli__range', (1, 1000000000)), ('step_milli__range', (1, 1000000000)), ('least_seconds__range', (1, 31622400)), ('step_seconds__range', (1, 31622400)), ('least_minor__range', (1, 1000000000))), name='book_least_is_something'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('least_milli__range', (1, 1000000000)), ('step_milli__range', (1, 1000000000)), ('least_seconds__range', (1, 31622400)), ('step_seconds__range', (1, 31622400)), ('least_minor__range', (1, 1000000000))), name='listing_least_is_something'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('least_milli__lte', models.F('total_milli'))), name='listing_least_is_on_offer'),
        ),
    ]
