"""Drop the CHECKs of balances; the migration before this one keeps floors without them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"
CHECKS = """
ALTER TABLE ledger_balance
    ADD CONSTRAINT ledger_balance_is_not_negative CHECK (
        least(debits_posted, credits_posted, debits_pending, credits_pending) >= 0
    ),
    ADD CONSTRAINT ledger_balance_debits_within_credits
        CHECK (rule <> 'D' OR debits_posted + debits_pending <= credits_posted),
    ADD CONSTRAINT ledger_balance_credits_within_debits
        CHECK (rule <> 'C' OR credits_posted + credits_pending <= debits_posted);
"""


class Migration(migrations.Migration):

    dependencies = [("ledger", "0008_floors_in_plans")]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "0009_balances_without_checks.sql").read_text(), reverse_sql=CHECKS
        )
    ]
