-- Trigger: a book allows other orders; the reference orders of its listings may be others, too.
CREATE FUNCTION catalog_all_in_of_book_due() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT l.id, clock_timestamp() FROM catalog_listing l
    WHERE l.book_id = NEW.id AND l.state <> 'CLOSED'
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at);
    RETURN NULL;
END $$;
