DROP VIEW ledger_transfer_line;
DROP TABLE ledger_account_page, ledger_page_cursor, ledger_checkpoint, ledger_tile, ledger_key,
    ledger_definition, ledger_transfer, ledger_reversal, ledger_hold, ledger_balance_delta,
    ledger_balance, ledger_period, ledger_account, ledger_flow, ledger_reason, ledger_kind,
    ledger_asset CASCADE;
DROP SEQUENCE ledger_account_serial;
