-- What a contract holds of its cash grows with its instalments; nothing else of the terms moves.
DROP TRIGGER funds_keep_terms ON settlement_contractfunds;
CREATE TRIGGER funds_keep_terms BEFORE UPDATE ON settlement_contractfunds
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'hold_id', 'captured_minor', 'returned_minor', 'released_minor', 'held_minor'
    );
CREATE TRIGGER funds_hold_instalments BEFORE UPDATE OF held_minor ON settlement_contractfunds
    FOR EACH ROW EXECUTE FUNCTION settlement_funds_hold_instalments();

CREATE TRIGGER instalment_keeps_terms BEFORE UPDATE ON settlement_contractinstalment
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'next_at', 'refusal_code', 'decided_at'
    );
CREATE TRIGGER instalment_keeps BEFORE UPDATE ON settlement_contractinstalment
    FOR EACH ROW EXECUTE FUNCTION settlement_instalment_keeps();
CREATE TRIGGER instalments_stay BEFORE DELETE OR TRUNCATE ON settlement_contractinstalment
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
REVOKE DELETE ON settlement_contractinstalment FROM suanpan_app;
