-- Trigger: what an organisation is called is kept from each change on; nobody else writes it.
-- SECURITY DEFINER: the application's role has no right to that table.
CREATE FUNCTION particulars_keep_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    INSERT INTO particulars_formername (organization_id, name, name_en, since)
    VALUES (NEW.id, NEW.name, NEW.name_en, clock_timestamp());
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN NULL;
END $$;
