"""Take from the application's role what the application never does."""

from django.db import migrations

# Where the application removes rows; every other row stays, by grant as well as by trigger.
REMOVES = """
    'account_emailaddress', 'account_emailconfirmation', 'catalog_allocation',
    'catalog_capacityslot', 'django_session', 'identity_idempotencyrecord', 'identity_membership',
    'ledger_account_page', 'ledger_balance_delta', 'ledger_page_cursor', 'mfa_authenticator',
    'orders_clearingtry', 'settlement_unopenedorder'
"""
# Facts: written once.
FACTS = """
    metering_capacitycertificate, metering_measurementrule, metering_measurementruleversion,
    metering_meter, metering_metric, metering_usagerecord, metering_windowdecision,
    orders_clearinground, orders_deposit, orders_orderevent, pricing_quote,
    vouchers_programmefunding, vouchers_programmeversion
"""
EACH_OTHER_TABLE = """
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT c.relname FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND pg_get_userbyid(c.relowner) = current_user
              AND c.relname NOT IN ({removes})
              AND c.relname NOT LIKE 'pulse%'
        LOOP
            EXECUTE format('{grant} DELETE ON %I {to} suanpan_app', name);
        END LOOP;
    END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0002_exports_name_a_person"),
        ("bulletin", "0002_published_figures_stay"),
        ("catalog", "0005_least_orders"),
        ("identity", "0007_requests_are_counted"),
        ("ledger", "0009_balances_without_checks"),
        ("metering", "0010_readings_of_their_time"),
        ("orders", "0007_prices_are_promised"),
        ("pricing", "0003_quotes_add_up"),
        ("settlement", "0006_needs_review"),
        ("vouchers", "0005_second_person"),
    ]

    operations = [
        migrations.RunSQL(
            EACH_OTHER_TABLE.format(grant="REVOKE", to="FROM", removes=REMOVES),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            f"REVOKE UPDATE ON {FACTS} FROM suanpan_app", f"GRANT UPDATE ON {FACTS} TO suanpan_app"
        ),
    ]
