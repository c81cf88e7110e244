-- Which of some organisations may begin nothing new: suspended, closed, or not activated yet. None of
-- the others becomes so before the transaction ends: suspending one waits for what was begun, and
-- what begins afterwards sees it.
CREATE FUNCTION identity_suspended(organizations uuid[]) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(standing.key) FROM (
        SELECT DISTINCT hashtextextended(one::text, 14) AS key
        FROM unnest(organizations) AS one ORDER BY key
    ) AS standing;
    -- A statement of its own, so that it sees what was committed while the lock was waited for.
    RETURN ARRAY(
        SELECT o.id FROM identity_organization o
        WHERE o.id = ANY (organizations)
            AND (o.suspended_at IS NOT NULL OR o.onboarding_since IS NOT NULL
                OR o.closed_at IS NOT NULL)
    );
END $$;
