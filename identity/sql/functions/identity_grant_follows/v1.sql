-- Trigger: a grant follows the one before it of its prefix, and lies within the one above it. The
-- row above is held meanwhile, so that two at once count each other. SECURITY DEFINER: nobody else
-- says which row is current.
CREATE FUNCTION identity_grant_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    before identity_grant;
    above identity_grant;
    broken text;
BEGIN
    SELECT * INTO above FROM identity_grant
    WHERE is_current AND starts_with(NEW.prefix, prefix || '-')
    ORDER BY length(prefix) DESC LIMIT 1 FOR NO KEY UPDATE;
    SELECT * INTO before FROM identity_grant
    WHERE is_current AND prefix = NEW.prefix FOR NO KEY UPDATE;
    NEW.is_current := true;
    NEW.depth := coalesce(above.depth, 0) + 1;
    broken := CASE
        WHEN NEW.parent_prefix <> coalesce(above.prefix, '') THEN 'grant_has_its_parent'
        WHEN above.id IS NOT NULL AND NEW.issuer <> above.subject_node THEN 'grant_by_its_parent'
        WHEN above.id IS NOT NULL AND NOT NEW.rights <@ above.rights THEN 'grant_rights_within'
        WHEN (NEW.limits->>'resources')::bigint > (above.limits->>'resources')::bigint
            THEN 'grant_limits_within'
        WHEN before.id IS NULL AND (NEW.sequence <> 1 OR NEW.state <> 'ACTIVE')
            THEN 'grant_begins_active'
        WHEN before.id IS NULL AND above.state <> 'ACTIVE' THEN 'grant_above_is_active'
        WHEN before.id IS NOT NULL AND (
            before.state = 'ENDED' OR NEW.sequence <> before.sequence + 1
            OR (NEW.profile, NEW.level, NEW.issuer, NEW.subject_node, NEW.organization_id)
                IS DISTINCT FROM (before.profile, before.level, before.issuer, before.subject_node,
                before.organization_id)
        ) THEN 'grant_follows_its_last'
        WHEN before.id IS NULL AND above.limits ? 'children' AND (
            SELECT count(*) FROM identity_grant g
            WHERE g.is_current AND g.parent_prefix = above.prefix
        ) >= (above.limits->>'children')::bigint THEN 'grant_children_within'
    END;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'the grant of % does not follow', NEW.prefix
            USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    UPDATE identity_grant SET is_current = false WHERE id = before.id;
    RETURN NEW;
END $$;
