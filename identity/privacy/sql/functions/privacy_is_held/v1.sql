-- Whether an object, or the organisation that it belongs to, is under a legal hold. Asked by
-- triggers of every room, so it sees holds whichever tenant the transaction acts for.
CREATE FUNCTION privacy_is_held(asked_kind text, asked_object text, organization text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tenant text := coalesce(current_setting('suanpan.tenant', true), '');
    held boolean;
BEGIN
    PERFORM set_config('suanpan.tenant', '*', true);
    held := EXISTS (
        SELECT FROM privacy_hold h
        WHERE h.lifted_at IS NULL
            AND (h.kind = 'ORGANIZATION' AND h.object_id = organization
                OR h.kind = asked_kind AND h.object_id = asked_object)
    );
    PERFORM set_config('suanpan.tenant', tenant, true);
    RETURN held;
END $$;
