"""Large budgets wait for a second person."""

import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.rls import IS_PLATFORM, protect
from common.sql_files import row_trigger


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0004_needs_review'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FundingProposal',
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
            model_name='programmefunding',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='programmefunding',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('funded_by')), _negated=True), _connector='OR'), name='programme_funding_confirmed_by_another'),
        ),
        migrations.AddField(
            model_name='fundingproposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fundingproposal',
            name='funding',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='vouchers.programmefunding'),
        ),
        migrations.AddField(
            model_name='fundingproposal',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='vouchers.programme'),
        ),
        migrations.AddField(
            model_name='fundingproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='fundingproposal',
            index=models.Index(fields=['state', '-id'], name='funding_proposal_by_state'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='fundingproposal_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['PROPOSED', 'CONFIRMED', 'REFUSED', 'WITHDRAWN'])), name='fundingproposal_state_known'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'PROPOSED')), models.Q(models.Q(('state', 'PROPOSED'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='fundingproposal_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'PROPOSED'), models.Q(('state', 'WITHDRAWN'), ('decided_by', models.F('proposed_by'))), models.Q(('state__in', ['CONFIRMED', 'REFUSED']), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='fundingproposal_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['PROPOSED', 'CONFIRMED']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='fundingproposal_refused_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'PROPOSED')), fields=('programme', 'reference'), name='fundingproposal_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='fundingproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('funding__isnull', False), ('state', 'CONFIRMED')), models.Q(models.Q(('state', 'CONFIRMED'), _negated=True), ('funding__isnull', True)), _connector='OR'), name='fundingproposal_confirmed_is_funded'),
        ),
        row_trigger(
            "vouchers_fundingproposal",
            "fundingproposal_stays",
            when="BEFORE UPDATE",
            function="identity_keep_facts",
            arguments=("state", "decided_by_id", "decided_at", "reason", "funding_id"),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER fundingproposal_is_decided_once BEFORE UPDATE ON vouchers_fundingproposal
                FOR EACH ROW WHEN (OLD.state <> 'PROPOSED')
                EXECUTE FUNCTION vouchers_refuse_change();
            CREATE TRIGGER fundingproposal_is_kept BEFORE DELETE ON vouchers_fundingproposal
                FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change();
            CREATE TRIGGER fundingproposals_are_kept BEFORE TRUNCATE ON vouchers_fundingproposal
                FOR EACH STATEMENT EXECUTE FUNCTION vouchers_refuse_change();
            """,
            """
            DROP TRIGGER fundingproposals_are_kept ON vouchers_fundingproposal;
            DROP TRIGGER fundingproposal_is_kept ON vouchers_fundingproposal;
            DROP TRIGGER fundingproposal_is_decided_once ON vouchers_fundingproposal;
            """,
        ),
        # What waits is nobody's yet: those with a duty across the market see it.
        protect("vouchers_fundingproposal", visible=IS_PLATFORM),
    ]
