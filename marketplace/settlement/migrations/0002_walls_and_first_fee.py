"""Charges and records are append-only, terms of contracts never change, and tenants are apart."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

from common.canonical import content_hash
from common.rls import IS_PLATFORM, owned_by, protect

STARTS_AT = datetime(2020, 1, 1, tzinfo=UTC)
RATE = Decimal("0.03")


def publish_first_fee(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("settlement", "FeeRule").objects.using(alias).create(
        version=1,
        rate=RATE,
        starts_at=STARTS_AT,
        source="Suanpan's default: 3.00 % of what is collected, paid by the provider.",
        published_at=STARTS_AT,
        content_hash=content_hash({"version": 1, "rate": RATE, "starts_at": STARTS_AT}),
    )
    apps.get_model("settlement", "ChargingCursor").objects.using(alias).create(id=1, sequence=0)


IMMUTABLE = ("settlement_feerule", "settlement_charge", "settlement_traderecord")

TRIGGERS = """
    CREATE FUNCTION settlement_refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;

    -- Totals and state of a contract move; what was agreed never does.
    CREATE FUNCTION settlement_keep_terms() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    DECLARE
        moving text[] := TG_ARGV;
    BEGIN
        IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
            RAISE EXCEPTION 'the terms of % are never edited', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;

    CREATE FUNCTION settlement_never_reopen() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
        IF OLD.state = 'SETTLED' AND (NEW.state, NEW.settled_at) <> (OLD.state, OLD.settled_at) THEN
            RAISE EXCEPTION 'a settled contract stays settled'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;

    CREATE TRIGGER contract_keeps_terms BEFORE UPDATE ON settlement_contract
        FOR EACH ROW EXECUTE FUNCTION settlement_keep_terms(
            'state', 'settled_at', 'watermark', 'is_behind', 'refusal_code', 'quantity',
            'standard_hours', 'rated_minor', 'gross_minor', 'voucher_minor', 'cash_minor',
            'fee_minor'
        );
    CREATE TRIGGER contract_never_reopens BEFORE UPDATE OF state, settled_at ON settlement_contract
        FOR EACH ROW EXECUTE FUNCTION settlement_never_reopen();
    CREATE TRIGGER contract_stays BEFORE DELETE OR TRUNCATE ON settlement_contract
        FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change();
    CREATE TRIGGER funds_keep_terms BEFORE UPDATE ON settlement_contractfunds
        FOR EACH ROW EXECUTE FUNCTION settlement_keep_terms(
            'hold_id', 'captured_minor', 'returned_minor', 'released_minor'
        );
    CREATE TRIGGER funds_stay BEFORE DELETE OR TRUNCATE ON settlement_contractfunds
        FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change();
"""

UNTRIGGER = """
    DROP TRIGGER funds_stay ON settlement_contractfunds;
    DROP TRIGGER funds_keep_terms ON settlement_contractfunds;
    DROP TRIGGER contract_stays ON settlement_contract;
    DROP TRIGGER contract_never_reopens ON settlement_contract;
    DROP TRIGGER contract_keeps_terms ON settlement_contract;
    DROP FUNCTION settlement_never_reopen();
    DROP FUNCTION settlement_keep_terms();
    DROP FUNCTION settlement_refuse_change();
"""


def append_only(table):
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change();
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM suanpan_app;
        """,
        f"""
        GRANT UPDATE, DELETE ON {table} TO suanpan_app;
        DROP TRIGGER {table}_is_append_only ON {table};
        """,
    )


OF_PARTIES = owned_by("buyer_id", "provider_id")


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_contracts_charges_records")]

    operations = [
        migrations.RunPython(publish_first_fee, migrations.RunPython.noop),
        migrations.RunSQL(TRIGGERS, UNTRIGGER),
        *(append_only(table) for table in IMMUTABLE),
        protect("settlement_feerule", visible="true", writable=IS_PLATFORM),
        protect("settlement_chargingcursor", visible=IS_PLATFORM),
        protect("settlement_contract", visible=OF_PARTIES, writable=IS_PLATFORM),
        protect(
            "settlement_contractfunds",
            visible=(
                f"{IS_PLATFORM} OR EXISTS ("
                "SELECT FROM settlement_contract contract WHERE contract.id = contract_id)"
            ),
            writable=IS_PLATFORM,
        ),
        protect("settlement_charge", visible=OF_PARTIES, writable=IS_PLATFORM),
        protect("settlement_traderecord", visible=OF_PARTIES, writable=IS_PLATFORM),
    ]
