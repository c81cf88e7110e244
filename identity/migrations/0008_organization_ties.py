"""Control and shareholding between organisations, as dated facts that stay."""

import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import row_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0007_requests_are_counted'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrganizationTie',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('CONTROL', 'Control'), ('SHARE', 'Shareholding')], max_length=8)),
                ('share', models.DecimalField(decimal_places=8, help_text='of the whole: 0.25 is a quarter', max_digits=9, null=True)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(help_text='exclusive; empty while it lasts', null=True)),
                ('source', models.CharField(help_text='where it is known from', max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('held', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['valid_from', 'valid_to'], name='tie_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('holder', models.F('held')), _negated=True), name='tie_is_to_another'), models.CheckConstraint(condition=models.Q(('kind', 'CONTROL'), models.Q(('kind', 'SHARE'), ('share__isnull', False)), _connector='OR'), name='tie_share_is_said'), models.CheckConstraint(condition=models.Q(('share__isnull', True), models.Q(('share__gt', 0), ('share__lte', 1)), _connector='OR'), name='tie_share_is_a_part'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='tie_ends_after_start'), models.UniqueConstraint(condition=models.Q(('valid_to__isnull', True)), fields=('holder', 'held', 'kind'), name='tie_lasts_once')],
            },
        ),
        protect(
            'identity_organizationtie',
            visible=owned_by('holder_id', 'held_id'),
            writable=IS_PLATFORM,
        ),
        # What was recorded stays; a tie that lasts may be given its end, once. No column has the
        # name that the second trigger lets change.
        row_trigger(
            'identity_organizationtie',
            'tie_stays',
            when='BEFORE UPDATE OR DELETE',
            function='identity_keep_facts',
            arguments=('valid_to', 'ended_by_id'),
        ),
        migrations.RunSQL(
            sql="""
                CREATE TRIGGER tie_ends_once BEFORE UPDATE ON identity_organizationtie
                FOR EACH ROW WHEN (OLD.valid_to IS NOT NULL)
                EXECUTE FUNCTION identity_keep_facts('-');
            """,
            reverse_sql="DROP TRIGGER tie_ends_once ON identity_organizationtie",
        ),
    ]
