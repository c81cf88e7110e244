-- Who refuses names the rule in so many words.
CREATE FUNCTION ledger_refuse(
    rule text, message text, transfer uuid DEFAULT NULL, account bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % (%)', message, rule USING
        ERRCODE = '23514', SCHEMA = 'public', TABLE = 'ledger_transfer', CONSTRAINT = rule,
        DETAIL = jsonb_build_object('transfer', transfer, 'account', account)::text;
END $$;
