-- Refuse what an account cannot bear. It stands where its version would take a step.
CREATE FUNCTION ledger_short(rule text, account bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM ledger_refuse(rule, 'the account is short', NULL, account);
END $$;
