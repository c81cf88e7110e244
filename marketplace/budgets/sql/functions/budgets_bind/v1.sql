-- Whether caps bind an organisation: who has none is asked nothing more.
CREATE FUNCTION budgets_bind(organization uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM budgets_cap WHERE organization_id = organization AND ended_at IS NULL);
$$;
