"""An order with which clearing fails alone waits for a check, and unsound rows cannot be written."""

import common.checks
import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import function


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_listing_counts'),
        ('identity', '0003_wall_between_tenants'),
        ('orders', '0004_orders_of_imports'),
    ]

    operations = [
        function('marketplace.orders', 'orders_lines_are_sound', arguments='jsonb, bigint'),
        function('marketplace.orders', 'orders_chips_are_sound', arguments='jsonb, integer'),
        function('marketplace.orders', 'orders_vouchers_are_sound', arguments='jsonb, integer'),
        migrations.CreateModel(
            name='ClearingTry',
            fields=[
                ('book', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='catalog.book')),
                ('orders', models.PositiveIntegerField(help_text='how many orders a try takes')),
                ('unfinished', models.PositiveSmallIntegerField(help_text='tries of that many that began')),
                ('failed', models.PositiveSmallIntegerField(default=0, help_text='tries that ended with nothing but failures')),
                ('began_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_due_by_book',
        ),
        migrations.AddField(
            model_name='order',
            name='review_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='order',
            name='review_detail',
            field=models.CharField(blank=True, db_default='', default='', help_text='for operators', max_length=500),
        ),
        migrations.AddField(
            model_name='order',
            name='review_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'PLACED'), ('review_code', ''), ('import_run__isnull', True)), fields=['book', 'placed_at', 'id'], name='order_due_by_book'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('review_code', ''), _negated=True), fields=['review_since'], name='order_needs_review'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('units_milli__lte', 1000000000)), name='order_units_are_bounded'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__lte', django.db.models.expressions.CombinedExpression(models.F('starts_at'), '+', models.Value(datetime.timedelta(days=366))))), name='order_length_is_bounded'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('gross_minor__isnull', True), ('gross_minor__gte', 0), _connector='OR'), name='order_price_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('lines__isnull', True), common.checks.Sound(models.F('lines'), models.F('gross_minor'), function='orders_lines_are_sound'), _connector='OR'), name='order_lines_are_sound'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=common.checks.Sound(models.F('chips'), models.Value(16), function='orders_chips_are_sound'), name='order_chips_are_sound'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=common.checks.Sound(models.F('voucher_ids'), models.Value(20), function='orders_vouchers_are_sound'), name='order_vouchers_are_sound'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('wanted_listing__isnull', True), models.Q(('gross_minor__isnull', False), ('lines__isnull', False), ('plan_version_id__isnull', False), ('rule_version_id__isnull', False)), _connector='OR'), name='order_named_is_priced'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('review_code', ''), ('review_since__isnull', True)), models.Q(models.Q(('review_code', ''), _negated=True), ('review_since__isnull', False)), _connector='OR'), name='order_reviewed_since'),
        ),
        migrations.AddConstraint(
            model_name='clearingtry',
            constraint=models.CheckConstraint(condition=models.Q(('orders__gt', 0)), name='clearing_try_takes_orders'),
        ),
        protect('orders_clearingtry', visible=IS_PLATFORM),
    ]
