-- Takes back what triggers.sql does.

DROP TRIGGER limit_is_guarded ON approvals_limit;
DROP TRIGGER proposals_are_kept ON approvals_proposal;
DROP TRIGGER proposal_is_guarded ON approvals_proposal;
