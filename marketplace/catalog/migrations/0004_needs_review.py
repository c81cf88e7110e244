from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_capacity_entries'),
        ('identity', '0003_wall_between_tenants'),
        ('metering', '0008_windows_that_cannot_be_measured'),
        ('pricing', '0002_components_are_sound'),
    ]

    operations = [
        migrations.AddField(
            model_name='listing',
            name='opens_after_review',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='listing',
            name='review_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='listing',
            name='review_detail',
            field=models.CharField(blank=True, db_default='', default='', help_text='for operators', max_length=500),
        ),
        migrations.AddField(
            model_name='listing',
            name='review_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(condition=models.Q(('review_code', ''), _negated=True), fields=['review_since'], name='listing_needs_review'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('review_code', ''), ('review_since__isnull', True)), models.Q(models.Q(('review_code', ''), _negated=True), ('review_since__isnull', False)), _connector='OR'), name='listing_reviewed_since'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('review_code', ''), models.Q(('state', 'OPEN'), _negated=True), _connector='OR'), name='listing_set_aside_is_not_open'),
        ),
    ]
