import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=24, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('name_en', models.CharField(blank=True, max_length=160)),
                ('region', models.CharField(blank=True, help_text='GB/T 2260 code', max_length=6)),
                ('asset', models.CharField(max_length=32, unique=True)),
                ('created_at', models.DateTimeField()),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
            ],
        ),
        migrations.CreateModel(
            name='ProgrammeFunding',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=80)),
                ('amount_minor', models.BigIntegerField()),
                ('transfer_id', models.UUIDField(unique=True)),
                ('funded_at', models.DateTimeField()),
                ('funded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fundings', to='vouchers.programme')),
            ],
        ),
        migrations.CreateModel(
            name='ProgrammeVersion',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('rules', models.JSONField()),
                ('content_hash', models.CharField(max_length=64)),
                ('source', models.CharField(max_length=300)),
                ('valid_from', models.DateTimeField()),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='vouchers.programme')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=24, unique=True)),
                ('beneficiary', models.CharField(choices=[('SME', 'SME'), ('STARTUP', 'Start-up'), ('STANDARD', 'Other enterprise')], max_length=8)),
                ('amount_minor', models.BigIntegerField()),
                ('purpose', models.CharField(blank=True, max_length=500)),
                ('state', models.CharField(choices=[('APPLIED', 'Applied'), ('APPROVED', 'Approved'), ('REJECTED', 'Rejected')], default='APPLIED', max_length=8)),
                ('applied_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('applied_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by_organization', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('programme_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.programmeversion')),
            ],
        ),
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=24, unique=True)),
                ('beneficiary', models.CharField(choices=[('SME', 'SME'), ('STARTUP', 'Start-up'), ('STANDARD', 'Other enterprise')], max_length=8)),
                ('face_minor', models.BigIntegerField()),
                ('funding', models.JSONField(default=dict, help_text='face value by source of money, in fen')),
                ('entity_year', models.PositiveSmallIntegerField()),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('ACTIVE', 'Active'), ('EXHAUSTED', 'Used up'), ('EXPIRED', 'Expired'), ('CLAWED_BACK', 'Clawed back')], default='ACTIVE', max_length=12)),
                ('returned_minor', models.BigIntegerField(default=0)),
                ('sweep_at', models.DateTimeField(help_text='when the unused rest is returned to the pool; empty once it was', null=True)),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='voucher', to='vouchers.application')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('programme_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.programmeversion')),
            ],
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Z0-9]+(-[A-Z0-9]+)*$')), name='programme_code_is_well_formed'),
        ),
        migrations.AddConstraint(
            model_name='programmefunding',
            constraint=models.UniqueConstraint(fields=('programme', 'reference'), name='programme_funding_once'),
        ),
        migrations.AddConstraint(
            model_name='programmefunding',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='programme_funding_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='programmeversion',
            constraint=models.UniqueConstraint(fields=('programme', 'version'), name='programme_version_once'),
        ),
        migrations.AddConstraint(
            model_name='programmeversion',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='programme_version_counts'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['applicant', '-id'], name='application_by_applicant'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='application_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['APPLIED', 'APPROVED', 'REJECTED'])), name='application_state_known'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by_organization__isnull', True), ('state', 'APPLIED')), models.Q(models.Q(('state', 'APPLIED'), _negated=True), ('decided_at__isnull', False), ('decided_by_organization__isnull', False)), _connector='OR'), name='application_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by_organization__isnull', True), models.Q(('decided_by_organization', models.F('applicant')), _negated=True), _connector='OR'), name='application_decided_elsewhere'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), ('applied_by__isnull', True), models.Q(('decided_by', models.F('applied_by')), _negated=True), _connector='OR'), name='application_decided_by_another'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(fields=['holder', 'expires_at'], name='voucher_by_holder'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('sweep_at__isnull', False)), fields=['sweep_at'], name='voucher_to_sweep'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('face_minor__gt', 0)), name='voucher_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('returned_minor__gte', 0), ('returned_minor__lte', models.F('face_minor'))), name='voucher_returns_at_most_its_face'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('issued_at'))), name='voucher_expires_after_issue'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['ACTIVE', 'EXHAUSTED', 'EXPIRED', 'CLAWED_BACK'])), name='voucher_state_known'),
        ),
        migrations.RunSQL(
            sql="""
                CREATE SEQUENCE vouchers_application_number;
                CREATE SEQUENCE vouchers_voucher_number;

                CREATE FUNCTION vouchers_refuse_change() RETURNS trigger
                LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
                BEGIN
                    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001';
                END $$;
                CREATE TRIGGER version_stays
                    BEFORE UPDATE OR DELETE ON vouchers_programmeversion
                    FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change();
                CREATE TRIGGER versions_stay BEFORE TRUNCATE ON vouchers_programmeversion
                    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_refuse_change();
                CREATE TRIGGER funding_stays
                    BEFORE UPDATE OR DELETE ON vouchers_programmefunding
                    FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change();
                CREATE TRIGGER fundings_stay BEFORE TRUNCATE ON vouchers_programmefunding
                    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_refuse_change();

                -- What a voucher was issued as never changes; only its fate is written down.
                CREATE FUNCTION vouchers_voucher_keeps_its_face() RETURNS trigger
                LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
                BEGIN
                    IF to_jsonb(NEW) - 'state' - 'returned_minor' - 'sweep_at'
                       <> to_jsonb(OLD) - 'state' - 'returned_minor' - 'sweep_at' THEN
                        RAISE EXCEPTION 'an issued voucher is never edited'
                            USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
                    FOR EACH ROW EXECUTE FUNCTION vouchers_voucher_keeps_its_face();
                CREATE TRIGGER voucher_stays BEFORE DELETE ON vouchers_voucher
                    FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change();
                CREATE TRIGGER vouchers_stay BEFORE TRUNCATE ON vouchers_voucher
                    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_refuse_change();
            """,
            reverse_sql="""
                DROP TRIGGER vouchers_stay ON vouchers_voucher;
                DROP TRIGGER voucher_stays ON vouchers_voucher;
                DROP TRIGGER voucher_keeps_its_face ON vouchers_voucher;
                DROP FUNCTION vouchers_voucher_keeps_its_face();
                DROP TRIGGER fundings_stay ON vouchers_programmefunding;
                DROP TRIGGER funding_stays ON vouchers_programmefunding;
                DROP TRIGGER versions_stay ON vouchers_programmeversion;
                DROP TRIGGER version_stays ON vouchers_programmeversion;
                DROP FUNCTION vouchers_refuse_change();
                DROP SEQUENCE vouchers_voucher_number;
                DROP SEQUENCE vouchers_application_number;
            """,
        ),
        # Programmes are public; an application and a voucher concern their organisation alone.
        protect("vouchers_programme", visible="true", writable=IS_PLATFORM),
        protect("vouchers_programmeversion", visible="true", writable=IS_PLATFORM),
        protect("vouchers_programmefunding", visible="true", writable=IS_PLATFORM),
        protect("vouchers_application", visible=owned_by("applicant_id")),
        protect("vouchers_voucher", visible=owned_by("holder_id"), writable=IS_PLATFORM),
    ]
