"""Acts on programmes name a person; who applied, or belongs to the applicant, does not decide."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.sql_files import row_trigger

DECIDED_ONCE = """
    CREATE FUNCTION vouchers_decide_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'application % is decided', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END $$;
    CREATE TRIGGER application_is_decided_once BEFORE UPDATE ON vouchers_application
        FOR EACH ROW WHEN (OLD.state <> 'APPLIED') EXECUTE FUNCTION vouchers_decide_once();
"""

KEEPS_ITS_FACE = """
    DROP TRIGGER voucher_keeps_its_face ON vouchers_voucher;
    CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
        FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
            'state', 'clawed_back_by_id', 'returned_minor', 'sweep_at'
        );
"""
KEPT_ITS_FACE = """
    DROP TRIGGER voucher_keeps_its_face ON vouchers_voucher;
    CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
        FOR EACH ROW EXECUTE FUNCTION vouchers_voucher_keeps_its_face();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_persons_behind_evidence'),
        ('vouchers', '0002_applicants_do_not_decide'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='application',
            name='application_decision_is_whole',
        ),
        migrations.RemoveConstraint(
            model_name='application',
            name='application_decided_by_another',
        ),
        migrations.AddField(
            model_name='voucher',
            name='clawed_back_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='application',
            name='applied_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='programmefunding',
            name='funded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='programmeversion',
            name='published_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('decided_by_organization__isnull', True), ('state', 'APPLIED')), models.Q(models.Q(('state', 'APPLIED'), _negated=True), ('decided_at__isnull', False), ('decided_by_organization__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='application_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('applied_by')), _negated=True), _connector='OR'), name='application_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clawed_back_by__isnull', False), ('state', 'CLAWED_BACK')), models.Q(models.Q(('state', 'CLAWED_BACK'), _negated=True), ('clawed_back_by__isnull', True)), _connector='OR'), name='voucher_is_clawed_back_by_somebody'),
        ),
        row_trigger(
            "vouchers_application",
            "application_by_an_outsider",
            when="BEFORE INSERT OR UPDATE",
            function="identity_require_outsider",
            arguments=("decided_by_id", "applicant_id"),
        ),
        row_trigger(
            "vouchers_application",
            "application_stays",
            when="BEFORE UPDATE",
            function="identity_keep_facts",
            arguments=(
                "state",
                "decided_by_organization_id",
                "decided_by_id",
                "decided_at",
                "note",
            ),
        ),
        migrations.RunSQL(
            DECIDED_ONCE,
            """
            DROP TRIGGER application_is_decided_once ON vouchers_application;
            DROP FUNCTION vouchers_decide_once();
            """,
        ),
        migrations.RunSQL(KEEPS_ITS_FACE, KEPT_ITS_FACE),
    ]
