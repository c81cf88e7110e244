-- What the room's tables refuse and do by themselves.

CREATE TRIGGER settlement_charge_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON settlement_charge
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

-- Totals and state of a contract move; what was agreed never does.
CREATE TRIGGER contract_keeps_terms BEFORE UPDATE ON settlement_contract
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'settled_at', 'watermark', 'is_behind', 'refusal_code', 'quantity',
        'standard_hours', 'rated_minor', 'gross_minor', 'voucher_minor', 'cash_minor',
        'fee_minor', 'beyond_quantity', 'review_code', 'review_detail', 'review_since'
    );
CREATE TRIGGER contract_never_reopens BEFORE UPDATE OF state, settled_at ON settlement_contract
    FOR EACH ROW EXECUTE FUNCTION settlement_never_reopen();
CREATE TRIGGER contract_stays BEFORE DELETE OR TRUNCATE ON settlement_contract
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

-- The same of what a contract holds.
CREATE TRIGGER funds_keep_terms BEFORE UPDATE ON settlement_contractfunds
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'hold_id', 'captured_minor', 'returned_minor', 'released_minor'
    );
CREATE TRIGGER funds_stay BEFORE DELETE OR TRUNCATE ON settlement_contractfunds
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER settlement_feerule_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON settlement_feerule
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER settlement_traderecord_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON settlement_traderecord
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
