-- Trigger: a quote that names a listing knows of it what is known, and nothing else.
CREATE FUNCTION catalog_quote_facts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.measure -> 'facts'
        IS DISTINCT FROM catalog_facts_of((NEW.subject ->> 'listing_id')::uuid)
    THEN
        RAISE EXCEPTION 'the quote says other facts of the listing than are known'
            USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = 'pricing_quote';
    END IF;
    RETURN NEW;
END $$;
