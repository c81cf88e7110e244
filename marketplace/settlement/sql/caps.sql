CREATE TRIGGER funds_give_back_caps AFTER UPDATE ON settlement_contractfunds
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_gives_back_caps();
