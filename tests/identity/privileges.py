"""What the application's role may do, read from the catalogue: a line for each table, function."""

from pathlib import Path

import psycopg

TABLE = Path(__file__).parent / "privileges.txt"
HEADING = "# What suanpan_app may do; written by `python -m tests.identity privileges`."
QUERY = """
    WITH privilege AS (
        SELECT c.relname::text AS name, p.privilege,
               has_table_privilege('suanpan_app', c.oid, p.privilege) AS on_all,
               (SELECT string_agg(a.attname, ', ' ORDER BY a.attname) FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND p.privilege IN ('SELECT', 'INSERT', 'UPDATE')
                  AND has_column_privilege('suanpan_app', c.oid, a.attnum, p.privilege)
               ) AS on_some, p.place
        FROM pg_class c
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',
                                'TRIGGER', 'MAINTAIN']) WITH ORDINALITY AS p (privilege, place)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
          AND NOT c.relispartition
    )
    SELECT name, string_agg(
        CASE WHEN on_all THEN privilege ELSE format('%s (%s)', privilege, on_some) END, ', '
        ORDER BY place)
    FROM privilege WHERE on_all OR on_some IS NOT NULL GROUP BY name
    UNION ALL
    SELECT 'function ' || p.oid::regprocedure, 'EXECUTE as its owner' FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
      AND p.prorettype <> 'trigger'::regtype
      AND has_function_privilege('suanpan_app', p.oid, 'EXECUTE')
    UNION ALL
    SELECT 'schema ' || n.nspname, 'CREATE' FROM pg_namespace n
    WHERE has_schema_privilege('suanpan_app', n.oid, 'CREATE')
    UNION ALL
    SELECT 'database', 'CREATE or TEMPORARY'
    WHERE has_database_privilege('suanpan_app', current_database(), 'CREATE, TEMPORARY')
    ORDER BY 1
"""


def found(connection: psycopg.Connection) -> list[str]:
    """Return the lines that a database's catalogue makes."""
    return [f"{name}: {privileges}" for name, privileges in connection.execute(QUERY)]
