"""
Say of balances in fewer words that they are not negative, and bound what could be without bounds.

PostgreSQL reads the CHECKs of a table anew for every statement, so short ones are quicker. Flows
and closed periods are found by key, however many there are.
"""

from django.db import migrations

NOT_NEGATIVE = """
ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_is_not_negative,
    ADD CONSTRAINT ledger_balance_is_not_negative CHECK (
        least(debits_posted, credits_posted, debits_pending, credits_pending) >= 0
    );
"""
NOT_NEGATIVE_BEFORE = """
ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_is_not_negative,
    ADD CONSTRAINT ledger_balance_is_not_negative CHECK (
        debits_posted >= 0 AND credits_posted >= 0
        AND debits_pending >= 0 AND credits_pending >= 0
    );
"""
FLOWS = """
CREATE INDEX IF NOT EXISTS ledger_flow_by_reason
    ON ledger_flow (reason_id, debit_kind_id, credit_kind_id);
"""
PERIODS = """
CREATE INDEX IF NOT EXISTS ledger_period_by_end ON ledger_period (ends_at);
ALTER TABLE ledger_period DROP CONSTRAINT IF EXISTS ledger_period_in_range,
    ADD CONSTRAINT ledger_period_in_range
        CHECK (starts_at >= '1970-01-01Z' AND ends_at <= '3000-01-01Z');
"""
PERIODS_BEFORE = """
ALTER TABLE ledger_period DROP CONSTRAINT IF EXISTS ledger_period_in_range;
DROP INDEX IF EXISTS ledger_period_by_end;
"""
FUNCTIONS = """
-- Who refuses names the rule in so many words.
CREATE OR REPLACE FUNCTION ledger_refuse(
    rule text, message text, transfer uuid DEFAULT NULL, account bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % (%)', message, rule USING
        ERRCODE = '23514', SCHEMA = 'public', TABLE = 'ledger_transfer', CONSTRAINT = rule,
        DETAIL = jsonb_build_object('transfer', transfer, 'account', account)::text;
END $$;

-- A checkpoint covers the leaves that are there, neither more nor fewer.
CREATE OR REPLACE FUNCTION ledger_advance_checkpoint() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.size <= (SELECT coalesce(max(size), 0) FROM ledger_checkpoint) THEN
        RAISE EXCEPTION 'a checkpoint covers more than the last one'
            USING ERRCODE = '23514', CONSTRAINT = 'ledger_checkpoint_advances';
    END IF;
    IF NEW.size <> coalesce((
        SELECT t.number * 256 + octet_length(t.hashes) / 32 FROM ledger_tile t
        WHERE t.level = 0 ORDER BY t.number DESC LIMIT 1
    ), 0) THEN
        RAISE EXCEPTION 'a checkpoint covers the leaves that are there'
            USING ERRCODE = '23514', CONSTRAINT = 'ledger_checkpoint_covers_leaves';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    # Each table by itself: who takes several could stand in a circle with those that post or
    # define. So each statement may also come again.
    atomic = False

    dependencies = [("ledger", "0005_steady_plans")]

    operations = [
        migrations.RunSQL(sql=NOT_NEGATIVE, reverse_sql=NOT_NEGATIVE_BEFORE),
        migrations.RunSQL(sql=FLOWS, reverse_sql="DROP INDEX IF EXISTS ledger_flow_by_reason"),
        migrations.RunSQL(sql=PERIODS, reverse_sql=PERIODS_BEFORE),
        # The release before this one is served by them, too: they stay when this is taken back.
        migrations.RunSQL(sql=FUNCTIONS, reverse_sql=migrations.RunSQL.noop),
    ]
