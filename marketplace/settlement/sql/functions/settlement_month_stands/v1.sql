-- Why settlement still needs the raw readings of a month: a code, or nothing. What was used in it is
-- charged, the contracts over it are settled, and the ledger's log has sealed their transfers.
CREATE FUNCTION settlement_month_stands(wanted date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    begins timestamptz := wanted::timestamptz;
    ends timestamptz := (wanted + interval '1 month')::timestamptz;
    sealed timestamptz;
    reason text := '';
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    SELECT max(sealed_at) INTO sealed FROM ledger_checkpoint;
    IF EXISTS (
        SELECT FROM metering_usagerecord u
        WHERE u.sequence > coalesce((SELECT sequence FROM settlement_chargingcursor), 0)
            AND u.subject IS NOT NULL AND u.starts_at >= begins AND u.starts_at < ends
    ) OR EXISTS (
        SELECT FROM settlement_contract c
        WHERE c.state = 'ACTIVE' AND c.starts_at < ends AND c.ends_at > begins
    ) THEN
        reason := 'uncharged';
    ELSIF EXISTS (
        SELECT FROM settlement_charge c
        WHERE c.starts_at >= begins AND c.starts_at < ends
            AND c.charged_at > coalesce(sealed, '-infinity')
            -- Identifiers begin with their moment, so only the youngest charges are looked at.
            AND c.id >= privacy_month_begins(coalesce(sealed - interval '1 day', 'epoch'))
    ) THEN
        reason := 'unsealed';
    END IF;
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN reason;
END $$;

REVOKE ALL ON FUNCTION settlement_month_stands FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settlement_month_stands TO suanpan_app;
