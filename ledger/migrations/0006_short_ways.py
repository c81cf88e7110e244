"""Find flows and periods by key, and say of balances in fewer words that they are not negative."""

from django.db import migrations

AHEAD = """
ALTER TABLE ledger_balance
    DROP CONSTRAINT ledger_balance_is_not_negative,
    ADD CONSTRAINT ledger_balance_is_not_negative CHECK (
        least(debits_posted, credits_posted, debits_pending, credits_pending) >= 0
    );
CREATE INDEX ledger_flow_by_reason ON ledger_flow (reason_id, debit_kind_id, credit_kind_id);
CREATE INDEX ledger_period_by_end ON ledger_period (ends_at);
"""
BACK = """
DROP INDEX ledger_period_by_end;
DROP INDEX ledger_flow_by_reason;
ALTER TABLE ledger_balance
    DROP CONSTRAINT ledger_balance_is_not_negative,
    ADD CONSTRAINT ledger_balance_is_not_negative CHECK (
        debits_posted >= 0 AND credits_posted >= 0
        AND debits_pending >= 0 AND credits_pending >= 0
    );
"""


class Migration(migrations.Migration):

    dependencies = [("ledger", "0005_steady_plans")]

    # PostgreSQL reads the CHECKs of a table anew for every statement. Apart from the next
    # migration, for who takes two tables whole may stand in a circle with those that post.
    operations = [migrations.RunSQL(sql=AHEAD, reverse_sql=BACK)]
