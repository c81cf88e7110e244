import common.ids
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from common.rls import IS_PLATFORM, owned_by, protect

ASKED = (
    "number, key, buyer_id, book_id, wanted_listing_id, chips, quote_id, units_milli, starts_at,"
    " ends_at, use_vouchers, voucher_ids, placed_at"
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_books_listings_capacity'),
        ('identity', '0003_wall_between_tenants'),
        ('vouchers', '0001_programmes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClearingRound',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=24, unique=True)),
                ('rule_version', models.CharField(max_length=20)),
                ('seed', models.CharField(max_length=64)),
                ('snapshot', models.JSONField()),
                ('input_hash', models.CharField(max_length=64)),
                ('result', models.JSONField()),
                ('output_hash', models.CharField(max_length=64)),
                ('late_refusals', models.JSONField(default=list)),
                ('order_count', models.PositiveIntegerField()),
                ('cleared_count', models.PositiveIntegerField()),
                ('rejected_count', models.PositiveIntegerField()),
                ('steps', models.JSONField(help_text='[{step, microseconds}] in the order of the steps')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField()),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.book')),
            ],
        ),
        migrations.CreateModel(
            name='Deposit',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('transfer_id', models.UUIDField(unique=True)),
                ('recorded_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=24, unique=True)),
                ('key', models.CharField(help_text="the buyer's own name for the order", max_length=255)),
                ('chips', models.JSONField(default=list)),
                ('quote_id', models.UUIDField(null=True)),
                ('units_milli', models.BigIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('use_vouchers', models.BooleanField(default=True)),
                ('voucher_ids', models.JSONField(default=list)),
                ('plan_version_id', models.UUIDField(null=True)),
                ('rule_version_id', models.UUIDField(null=True)),
                ('lines', models.JSONField(null=True)),
                ('unit_hours', models.DecimalField(decimal_places=12, max_digits=38, null=True)),
                ('standard_hours', models.DecimalField(decimal_places=12, max_digits=38, null=True)),
                ('gross_minor', models.BigIntegerField(null=True)),
                ('voucher_minor', models.BigIntegerField(null=True)),
                ('cash_minor', models.BigIntegerField(null=True)),
                ('cash_hold_id', models.UUIDField(null=True, unique=True)),
                ('state', models.CharField(choices=[('PLACED', 'Placed'), ('CLEARED', 'Cleared'), ('SETTLED', 'Settled'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Cancelled')], default='PLACED', max_length=9)),
                ('refusal_code', models.CharField(blank=True, max_length=40)),
                ('position', models.PositiveIntegerField(help_text='its turn in the round, from 1', null=True)),
                ('placed_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(help_text='when it was settled, rejected or cancelled', null=True)),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.book')),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('listing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.listing')),
                ('provider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.organization')),
                ('round', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.clearinground')),
                ('wanted_listing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.listing')),
            ],
        ),
        migrations.CreateModel(
            name='OrderCover',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('buyer_id', models.UUIDField()),
                ('provider_id', models.UUIDField()),
                ('voucher_number', models.CharField(max_length=24)),
                ('programme_code', models.CharField(max_length=24)),
                ('programme_version', models.PositiveIntegerField()),
                ('hold_id', models.UUIDField(unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('rate', models.DecimalField(decimal_places=9, max_digits=10)),
                ('base_minor', models.BigIntegerField()),
                ('limited_by', models.CharField(max_length=16)),
                ('entity_year', models.PositiveSmallIntegerField()),
                ('counted_minor', models.BigIntegerField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covers', to='orders.order')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.voucher')),
            ],
        ),
        migrations.CreateModel(
            name='OrderEvent',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('buyer_id', models.UUIDField()),
                ('provider_id', models.UUIDField(null=True)),
                ('kind', models.CharField(choices=[('PLACED', 'Placed'), ('VOUCHER_HELD', 'Voucher held'), ('MATCHED', 'Matched'), ('CLEARED', 'Cleared'), ('REFUSED', 'Rejected'), ('CANCELLED', 'Cancelled'), ('PROVISIONED', 'Provisioned'), ('METERED', 'First use measured'), ('SETTLED', 'Settled')], max_length=12)),
                ('at', models.DateTimeField()),
                ('facts', models.JSONField(default=dict)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='orders.order')),
            ],
        ),
        migrations.AddIndex(
            model_name='clearinground',
            index=models.Index(fields=['book', '-id'], name='round_by_book'),
        ),
        migrations.AddConstraint(
            model_name='clearinground',
            constraint=models.CheckConstraint(condition=models.Q(('order_count', django.db.models.expressions.CombinedExpression(models.F('cleared_count'), '+', models.F('rejected_count')))), name='round_counts_every_order'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='deposit_is_positive'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'PLACED')), fields=['book', 'placed_at', 'id'], name='order_due_by_book'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['buyer', '-id'], name='order_by_buyer'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['provider', '-id'], name='order_by_provider'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'CLEARED')), fields=['id'], name='order_cleared'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('buyer', 'key'), name='order_key_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('units_milli__gt', 0)), name='order_units_are_positive'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='order_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['PLACED', 'CLEARED', 'SETTLED', 'REJECTED', 'CANCELLED'])), name='order_state_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['CLEARED', 'SETTLED']), _negated=True), models.Q(('listing__isnull', False), ('provider__isnull', False), ('round__isnull', False), ('cleared_at__isnull', False), ('gross_minor', django.db.models.expressions.CombinedExpression(models.F('voucher_minor'), '+', models.F('cash_minor'))), ('cash_minor__gte', 0), ('gross_minor__gte', 0), ('voucher_minor__gte', 0)), _connector='OR'), name='order_cleared_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refusal_code__gt', ''), ('state', 'REJECTED')), models.Q(models.Q(('state', 'REJECTED'), _negated=True), ('refusal_code', '')), _connector='OR'), name='order_rejected_has_reason'),
        ),
        migrations.AddIndex(
            model_name='ordercover',
            index=models.Index(fields=['buyer_id', 'entity_year', 'programme_code'], name='cover_by_entity_year'),
        ),
        migrations.AddConstraint(
            model_name='ordercover',
            constraint=models.UniqueConstraint(fields=('order', 'voucher'), name='order_cover_once'),
        ),
        migrations.AddConstraint(
            model_name='ordercover',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('base_minor__gte', models.F('amount_minor'))), name='order_cover_within_base'),
        ),
        migrations.AddConstraint(
            model_name='ordercover',
            constraint=models.CheckConstraint(condition=models.Q(('counted_minor__gte', 0), ('counted_minor__lte', models.F('amount_minor'))), name='order_cover_counts_at_most_its_hold'),
        ),
        migrations.AddConstraint(
            model_name='orderevent',
            constraint=models.UniqueConstraint(fields=('order', 'kind'), name='order_event_once'),
        ),
        migrations.AddConstraint(
            model_name='orderevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['PLACED', 'VOUCHER_HELD', 'MATCHED', 'CLEARED', 'REFUSED', 'CANCELLED', 'PROVISIONED', 'METERED', 'SETTLED'])), name='order_event_known'),
        ),
        migrations.RunSQL(
            sql=f"""
                CREATE SEQUENCE orders_order_number;
                CREATE SEQUENCE orders_round_number;

                CREATE FUNCTION orders_refuse_change() RETURNS trigger
                LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
                BEGIN
                    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001';
                END $$;
                CREATE TRIGGER round_stays BEFORE UPDATE OR DELETE ON orders_clearinground
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER rounds_stay BEFORE TRUNCATE ON orders_clearinground
                    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE ON orders_orderevent
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER events_stay BEFORE TRUNCATE ON orders_orderevent
                    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER deposit_stays BEFORE UPDATE OR DELETE ON orders_deposit
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER deposits_stay BEFORE TRUNCATE ON orders_deposit
                    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER order_stays BEFORE DELETE ON orders_order
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
                CREATE TRIGGER orders_stay BEFORE TRUNCATE ON orders_order
                    FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_change();

                -- What was asked never changes, and an order that is over stays as it ended.
                CREATE FUNCTION orders_order_keeps_its_wish() RETURNS trigger
                LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
                BEGIN
                    IF OLD.state IN ('SETTLED', 'REJECTED', 'CANCELLED') THEN
                        RAISE EXCEPTION 'order % is over', OLD.number USING ERRCODE = '23001';
                    END IF;
                    IF NEW.state = 'PLACED' AND OLD.state <> 'PLACED' THEN
                        RAISE EXCEPTION 'order % was cleared', OLD.number USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER order_keeps_its_state BEFORE UPDATE ON orders_order
                    FOR EACH ROW EXECUTE FUNCTION orders_order_keeps_its_wish();
                CREATE TRIGGER order_keeps_its_wish
                    BEFORE UPDATE OF {ASKED} ON orders_order
                    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
            """,
            reverse_sql="""
                DROP TRIGGER order_keeps_its_wish ON orders_order;
                DROP TRIGGER order_keeps_its_state ON orders_order;
                DROP FUNCTION orders_order_keeps_its_wish();
                DROP TRIGGER orders_stay ON orders_order;
                DROP TRIGGER order_stays ON orders_order;
                DROP TRIGGER deposits_stay ON orders_deposit;
                DROP TRIGGER deposit_stays ON orders_deposit;
                DROP TRIGGER events_stay ON orders_orderevent;
                DROP TRIGGER event_stays ON orders_orderevent;
                DROP TRIGGER rounds_stay ON orders_clearinground;
                DROP TRIGGER round_stays ON orders_clearinground;
                DROP FUNCTION orders_refuse_change();
                DROP SEQUENCE orders_round_number;
                DROP SEQUENCE orders_order_number;
            """,
        ),
        # An organisation writes its own wishes; what comes of them is the platform's to write.
        protect(
            "orders_order",
            visible=owned_by("buyer_id", "provider_id"),
            writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR state = 'PLACED')",
        ),
        protect(
            "orders_orderevent",
            visible=owned_by("buyer_id", "provider_id"),
            writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR kind = 'PLACED')",
        ),
        protect(
            "orders_ordercover",
            visible=owned_by("buyer_id", "provider_id"),
            writable=IS_PLATFORM,
        ),
        # A round's snapshot holds what many buyers want and have.
        protect("orders_clearinground", visible=IS_PLATFORM),
        protect("orders_deposit", visible=owned_by("organization_id"), writable=IS_PLATFORM),
    ]
