-- What the room's tables refuse and do by themselves.

-- An account can never lack its balance row.
CREATE TRIGGER ledger_account_balances AFTER INSERT ON ledger_account
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_open_balances();
CREATE TRIGGER ledger_account_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_account_is_sealed AFTER INSERT ON ledger_account
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_define();
CREATE TRIGGER ledger_account_number BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_number_account();

CREATE TRIGGER ledger_asset_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_asset
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_asset_is_sealed AFTER INSERT ON ledger_asset
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_define();

-- Balances, holds and reversals are written by the functions of the triggers alone.
CREATE TRIGGER ledger_balance_is_derived BEFORE INSERT OR UPDATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand();
CREATE TRIGGER ledger_balance_stays BEFORE DELETE OR TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_balance_delta_folds AFTER DELETE ON ledger_balance_delta
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_fold_deltas();
CREATE TRIGGER ledger_balance_delta_is_derived BEFORE INSERT ON ledger_balance_delta
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand();
CREATE TRIGGER ledger_balance_delta_stays BEFORE UPDATE OR TRUNCATE ON ledger_balance_delta
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_checkpoint_advances BEFORE INSERT ON ledger_checkpoint
    FOR EACH ROW EXECUTE FUNCTION ledger_advance_checkpoint();
CREATE TRIGGER ledger_checkpoint_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_definition_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_definition
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_definition_is_derived BEFORE INSERT ON ledger_definition
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand();

CREATE TRIGGER ledger_flow_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_flow
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_flow_is_sealed AFTER INSERT ON ledger_flow
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_define();

CREATE TRIGGER ledger_hold_is_derived BEFORE INSERT OR UPDATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand();
CREATE TRIGGER ledger_hold_stays BEFORE DELETE OR TRUNCATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_key_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_key
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_key_is_sealed AFTER INSERT ON ledger_key
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_define();

CREATE TRIGGER ledger_kind_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_kind
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_kind_is_sealed AFTER INSERT ON ledger_kind
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_define();

-- Closing waits for the batches under way; later batches find the period closed.
CREATE TRIGGER ledger_period_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_period
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_period_is_sealed AFTER INSERT ON ledger_period
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_define();
CREATE TRIGGER ledger_period_waits BEFORE INSERT ON ledger_period
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_close_period();

CREATE TRIGGER ledger_reason_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_reason
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_reversal_is_derived BEFORE INSERT OR UPDATE ON ledger_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_deny_by_hand();
CREATE TRIGGER ledger_reversal_stays BEFORE DELETE OR TRUNCATE ON ledger_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_tile_grows BEFORE INSERT OR UPDATE ON ledger_tile
    FOR EACH ROW EXECUTE FUNCTION ledger_grow_tile();
CREATE TRIGGER ledger_tile_stays BEFORE DELETE OR TRUNCATE ON ledger_tile
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER ledger_transfer_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER ledger_transfer_is_taken AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_take_transfers();
