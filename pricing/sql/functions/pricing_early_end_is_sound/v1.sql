-- Whether what a plan says of ending early has the form that settlement reads, and fits its parts.
-- See pricing/plan_terms.py, which says each fault in words.
CREATE FUNCTION pricing_early_end_is_sound(said jsonb, parts jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN jsonb_typeof(said) IS DISTINCT FROM 'object' THEN false
        WHEN said - ARRAY['notice_hours', 'fee', 'gives_back'] <> '{}'
            OR jsonb_typeof(said -> 'notice_hours') IS DISTINCT FROM 'number'
            OR said ->> 'notice_hours' !~ '^[0-9]{1,3}$'
            OR jsonb_typeof(said -> 'fee') <> 'string'
            OR jsonb_typeof(said -> 'gives_back') <> 'string'
            OR coalesce(said ->> 'fee', '0') !~ '^[0-9]{1,7}(\.[0-9]{1,6})?$'
            OR coalesce(said ->> 'gives_back', '0') !~ '^[0-9]{1,3}(\.[0-9]{1,4})?$'
        THEN false
        WHEN (said ->> 'notice_hours')::integer > 720
            OR (said ->> 'gives_back')::numeric > 1
        THEN false
        WHEN (said ->> 'gives_back')::numeric > 0 THEN
            parts @? '$[*] ? (@.model == "prepaid")'
            AND NOT parts @? '$[*] ? (@.model == "minimum")'
        ELSE true END
$$;
