-- An account's number carries its asset (bits 48 to 62) and its kind (bits 32 to 47).
CREATE FUNCTION ledger_number_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.id IS NULL THEN
        NEW.id := (NEW.asset_id::bigint << 48) | (NEW.kind_id::bigint << 32)
            | nextval('ledger_account_serial');
    END IF;
    RETURN NEW;
END $$;
