-- Whether two people agreed on something: a row bears the names and the content of its proposal.
CREATE FUNCTION approvals_is_agreed(
    proposal uuid, wanted text, result uuid, proposer bigint, approver bigint, said jsonb
) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
RETURN EXISTS (
    SELECT FROM approvals_proposal p
    WHERE p.id = proposal AND p.kind = wanted AND p.state = 'APPROVED' AND p.result_id = result
      AND p.proposed_by_id = proposer AND p.decided_by_id = approver AND p.content @> said
);
