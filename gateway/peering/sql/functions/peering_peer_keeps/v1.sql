-- What two people agreed on about a peer changes by a further agreement alone.
CREATE FUNCTION peering_peer_keeps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.node <> OLD.node OR (
        NEW.proposal_id = OLD.proposal_id
        AND ((NEW.url, NEW.scopes, NEW.networks, NEW.rate, NEW.pushes)
            IS DISTINCT FROM (OLD.url, OLD.scopes, OLD.networks, OLD.rate, OLD.pushes)
            OR (NEW.state = 'ADMITTED' AND OLD.state <> 'ADMITTED'))
    ) THEN
        RAISE EXCEPTION 'peer % changes by two people alone', OLD.node
            USING ERRCODE = 'check_violation', CONSTRAINT = 'peer_keeps';
    END IF;
    RETURN NEW;
END $$;
