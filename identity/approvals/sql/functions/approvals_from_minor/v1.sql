-- From which amount on a kind of act takes two people; without a limit, always.
CREATE FUNCTION approvals_from_minor(wanted text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
RETURN coalesce((
    SELECT l.from_minor FROM approvals_limit l WHERE l.kind = wanted ORDER BY l.id DESC LIMIT 1
), 0);
