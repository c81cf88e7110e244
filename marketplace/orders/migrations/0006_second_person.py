"""Large deposits wait for a second person."""

import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import row_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_persons_behind_evidence'),
        ('orders', '0005_needs_review'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DepositProposal',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('reference', models.CharField(max_length=80)),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('PROPOSED', 'Waits for a second person'), ('CONFIRMED', 'Confirmed'), ('REFUSED', 'Refused'), ('WITHDRAWN', 'Withdrawn')], default='PROPOSED', max_length=9)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='deposit',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='deposit_confirmed_by_another'),
        ),
        migrations.AddField(
            model_name='depositproposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='depositproposal',
            name='deposit',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='orders.deposit'),
        ),
        migrations.AddField(
            model_name='depositproposal',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization'),
        ),
        migrations.AddField(
            model_name='depositproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='depositproposal',
            index=models.Index(fields=['state', '-id'], name='deposit_proposal_by_state'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='depositproposal_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['PROPOSED', 'CONFIRMED', 'REFUSED', 'WITHDRAWN'])), name='depositproposal_state_known'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'PROPOSED')), models.Q(models.Q(('state', 'PROPOSED'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='depositproposal_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'PROPOSED'), models.Q(('state', 'WITHDRAWN'), ('decided_by', models.F('proposed_by'))), models.Q(('state__in', ['CONFIRMED', 'REFUSED']), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='depositproposal_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['PROPOSED', 'CONFIRMED']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='depositproposal_refused_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'PROPOSED')), fields=('reference',), name='depositproposal_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='depositproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deposit__isnull', False), ('state', 'CONFIRMED')), models.Q(models.Q(('state', 'CONFIRMED'), _negated=True), ('deposit__isnull', True)), _connector='OR'), name='depositproposal_confirmed_is_booked'),
        ),
        row_trigger(
            "orders_depositproposal",
            "depositproposal_stays",
            when="BEFORE UPDATE",
            function="identity_keep_facts",
            arguments=("state", "decided_by_id", "decided_at", "reason", "deposit_id"),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER depositproposal_is_decided_once BEFORE UPDATE ON orders_depositproposal
                FOR EACH ROW WHEN (OLD.state <> 'PROPOSED')
                EXECUTE FUNCTION orders_refuse_change();
            CREATE TRIGGER depositproposal_is_kept BEFORE DELETE ON orders_depositproposal
                FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
            CREATE TRIGGER depositproposals_are_kept BEFORE TRUNCATE ON orders_depositproposal
                FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_change();
            """,
            """
            DROP TRIGGER depositproposals_are_kept ON orders_depositproposal;
            DROP TRIGGER depositproposal_is_kept ON orders_depositproposal;
            DROP TRIGGER depositproposal_is_decided_once ON orders_depositproposal;
            """,
        ),
        # What waits is nobody's yet: those with a duty across the market see it.
        protect("orders_depositproposal", visible=IS_PLATFORM),
    ]
