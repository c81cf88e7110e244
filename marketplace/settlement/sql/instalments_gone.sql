DROP TRIGGER instalments_stay ON settlement_contractinstalment;
DROP TRIGGER instalment_keeps ON settlement_contractinstalment;
DROP TRIGGER instalment_keeps_terms ON settlement_contractinstalment;
DROP TRIGGER funds_hold_instalments ON settlement_contractfunds;
DROP TRIGGER funds_keep_terms ON settlement_contractfunds;
CREATE TRIGGER funds_keep_terms BEFORE UPDATE ON settlement_contractfunds
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'hold_id', 'captured_minor', 'returned_minor', 'released_minor'
    );
