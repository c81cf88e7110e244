import common.ids
import django.db.models.deletion
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_listing_counts'),
        ('identity', '0003_wall_between_tenants'),
        ('orders', '0003_deposits_name_a_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedRow',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='imported', serialize=False, to='orders.order')),
                ('line', models.PositiveIntegerField()),
                ('content_hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(help_text='whose file it is: part of every key', max_length=120)),
                ('file_name', models.CharField(max_length=255)),
                ('content_hash', models.CharField(max_length=64)),
                ('usage_format', models.CharField(max_length=20)),
                ('zone', models.CharField(help_text='of times that name none', max_length=64)),
                ('requested_by', models.CharField(help_text='the login that ran the command', max_length=80)),
                ('state', models.CharField(choices=[('RUNNING', 'Running'), ('FINISHED', 'Finished'), ('INCOMPLETE', 'Incomplete')], default='RUNNING', max_length=10)),
                ('counts', models.JSONField(default=dict)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_due_by_book',
        ),
        migrations.AddField(
            model_name='importrun',
            name='organization',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization'),
        ),
        migrations.AddField(
            model_name='importedrow',
            name='import_run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='orders.importrun'),
        ),
        migrations.AddField(
            model_name='order',
            name='import_run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.importrun'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('import_run__isnull', True), ('state', 'PLACED')), fields=['book', 'placed_at', 'id'], name='order_due_by_book'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('import_run__isnull', False)), fields=['import_run', 'id'], name='order_by_import'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(condition=models.Q(('state', 'RUNNING')), fields=['id'], name='import_running'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['organization', 'source', '-id'], name='import_by_source'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['RUNNING', 'FINISHED', 'INCOMPLETE'])), name='import_state_known'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'RUNNING'), ('finished_at__isnull', False), _connector='XOR'), name='import_finished_has_time'),
        ),
        migrations.RunSQL(
            sql="""
                -- An order names an import of its own buyer, once and for good.
                ALTER TABLE orders_importrun
                    ADD CONSTRAINT import_and_organization UNIQUE (id, organization_id);
                ALTER TABLE orders_order ADD CONSTRAINT order_import_is_its_buyers
                    FOREIGN KEY (import_run_id, buyer_id)
                    REFERENCES orders_importrun (id, organization_id);
                CREATE TRIGGER order_keeps_its_import
                    BEFORE UPDATE OF import_run_id ON orders_order
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER imported_row_stays BEFORE UPDATE OR DELETE ON orders_importedrow
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER imported_rows_stay BEFORE TRUNCATE ON orders_importedrow
                    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER import_stays BEFORE DELETE ON orders_importrun
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER import_keeps_its_facts
                    BEFORE UPDATE OF organization_id, source, file_name, content_hash,
                        usage_format, zone, requested_by, started_at ON orders_importrun
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
            """,
            reverse_sql="""
                DROP TRIGGER import_keeps_its_facts ON orders_importrun;
                DROP TRIGGER import_stays ON orders_importrun;
                DROP TRIGGER imported_rows_stay ON orders_importedrow;
                DROP TRIGGER imported_row_stays ON orders_importedrow;
                DROP TRIGGER order_keeps_its_import ON orders_order;
                ALTER TABLE orders_order DROP CONSTRAINT order_import_is_its_buyers;
                ALTER TABLE orders_importrun DROP CONSTRAINT import_and_organization;
            """,
        ),
        protect(
            "orders_importrun", visible=owned_by("organization_id"), writable=IS_PLATFORM
        ),
        protect("orders_importedrow", visible=IS_PLATFORM),
    ]
