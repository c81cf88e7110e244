GRANT DELETE ON appeals_appeal TO suanpan_app;
DROP TRIGGER suspension_end_answers_its_appeal ON identity_suspension;
DROP TRIGGER appeal_stays ON appeals_appeal;
DROP TRIGGER appeal_answered_by_an_outsider ON appeals_appeal;
DROP TRIGGER appeal_is_answered_once ON appeals_appeal;
DROP TRIGGER appeal_is_made_once ON appeals_appeal;
