-- A tile only grows, and tiles follow each other without a gap.
CREATE FUNCTION ledger_grow_tile() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.number <> (
            SELECT coalesce(max(t.number) + 1, 0) FROM ledger_tile t WHERE t.level = NEW.level
        ) THEN
            RAISE EXCEPTION 'tile % of level % does not follow the last one', NEW.number, NEW.level
                USING ERRCODE = '23514', CONSTRAINT = 'ledger_tile_follows';
        END IF;
    ELSIF (NEW.level, NEW.number, NEW.made_at, NEW.first_xid, NEW.first_rank, NEW.first_id)
            IS DISTINCT FROM
            (OLD.level, OLD.number, OLD.made_at, OLD.first_xid, OLD.first_rank, OLD.first_id)
        OR substr(NEW.hashes, 1, octet_length(OLD.hashes)) <> OLD.hashes THEN
        RAISE EXCEPTION 'a tile only grows'
            USING ERRCODE = '23514', CONSTRAINT = 'ledger_tile_only_grows';
    END IF;
    RETURN NEW;
END $$;
