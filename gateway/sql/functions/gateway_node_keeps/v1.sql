-- A node keeps its code and its root, and its epoch only rises.
CREATE FUNCTION gateway_node_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.code <> OLD.code OR NEW.epoch < OLD.epoch
        OR (NEW.root_key <> OLD.root_key AND NEW.proposal_id IS NOT DISTINCT FROM OLD.proposal_id)
    THEN
        RAISE EXCEPTION 'node % goes back', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'node_keeps';
    END IF;
    RETURN NEW;
END $$;
