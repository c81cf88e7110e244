-- The period of a cap that a day of the market lies in: its first day, and the first one after it.
CREATE FUNCTION budgets_bounds(
    period text, on_day date, OUT starts_on date, OUT ends_on date
)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN period IN ('TOTAL', 'ORDER') THEN date '2000-01-01'
                ELSE date_trunc(lower(period), on_day::timestamp)::date END,
           CASE period
               WHEN 'MONTH' THEN (date_trunc('month', on_day::timestamp) + interval '1 month')::date
               WHEN 'QUARTER'
                   THEN (date_trunc('quarter', on_day::timestamp) + interval '3 months')::date
               WHEN 'YEAR' THEN (date_trunc('year', on_day::timestamp) + interval '1 year')::date
           END;
$$;
