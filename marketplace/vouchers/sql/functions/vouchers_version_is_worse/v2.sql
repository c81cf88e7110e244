-- Whether a programme's later rules give somebody less, or may; see vouchers/worsening.py for rules
-- without a schema and worsening_2.py for those of version 2. Those of two versions are worse.
CREATE FUNCTION vouchers_version_is_worse(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE
        WHEN before -> 'rules' ? 'schema' AND after -> 'rules' ? 'schema'
            THEN vouchers_rules_2_are_worse(before -> 'rules', after -> 'rules')
        WHEN before -> 'rules' ? 'schema' OR after -> 'rules' ? 'schema' THEN true
        ELSE vouchers_rules_1_are_worse(before, after)
    END
$$;
