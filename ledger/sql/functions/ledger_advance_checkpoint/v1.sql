-- A checkpoint covers the leaves that are there, neither more nor fewer.
CREATE FUNCTION ledger_advance_checkpoint() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.size <= (SELECT coalesce(max(size), 0) FROM ledger_checkpoint) THEN
        RAISE EXCEPTION 'a checkpoint covers more than the last one'
            USING ERRCODE = '23514', CONSTRAINT = 'ledger_checkpoint_advances';
    END IF;
    IF NEW.size <> coalesce((
        SELECT t.number * 256 + octet_length(t.hashes) / 32 FROM ledger_tile t
        WHERE t.level = 0 ORDER BY t.number DESC LIMIT 1
    ), 0) THEN
        RAISE EXCEPTION 'a checkpoint covers the leaves that are there'
            USING ERRCODE = '23514', CONSTRAINT = 'ledger_checkpoint_covers_leaves';
    END IF;
    RETURN NEW;
END $$;
