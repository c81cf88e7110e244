-- Whether a conversion table's later version converts otherwise; see metering/worsening.py.
CREATE FUNCTION metering_table_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH converting AS (
        SELECT (definition - 'rows') #- '{reference,source}' AS terms, (
            SELECT jsonb_agg(entry - 'source' ORDER BY entry ->> 'name')
            FROM jsonb_array_elements(definition -> 'rows') entry
        ) AS entries
        FROM (VALUES (before -> 'definition'), (after -> 'definition')) given (definition)
    )
    SELECT count(DISTINCT (terms, entries)) > 1 FROM converting
$$;
