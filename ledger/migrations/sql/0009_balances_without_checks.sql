-- What keeps balances is in the plans of the functions that write them; see 0008.
ALTER TABLE ledger_balance
    DROP CONSTRAINT ledger_balance_is_not_negative,
    DROP CONSTRAINT ledger_balance_debits_within_credits,
    DROP CONSTRAINT ledger_balance_credits_within_debits;
