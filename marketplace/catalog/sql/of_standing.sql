-- Who is suspended has nothing on sale: neither a new listing nor one that was paused.
CREATE TRIGGER listing_of_standing AFTER INSERT ON catalog_listing
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_require_standing('provider_id');
CREATE TRIGGER listing_resumed_of_standing BEFORE UPDATE OF state ON catalog_listing
    FOR EACH ROW WHEN (NEW.state = 'OPEN' AND OLD.state <> 'OPEN')
    EXECUTE FUNCTION identity_require_standing('provider_id');
