-- Who appeals, and who answers.
CREATE TRIGGER appeal_is_made_once BEFORE INSERT ON appeals_appeal
    FOR EACH ROW EXECUTE FUNCTION appeals_made_once();
CREATE TRIGGER appeal_is_answered_once BEFORE UPDATE ON appeals_appeal
    FOR EACH ROW EXECUTE FUNCTION appeals_answered_once();
CREATE TRIGGER appeal_answered_by_an_outsider BEFORE UPDATE ON appeals_appeal
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('answered_by_id', 'organization_id');
CREATE TRIGGER appeal_stays BEFORE DELETE ON appeals_appeal
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER suspension_end_answers_its_appeal AFTER UPDATE ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION appeals_lifted();
REVOKE DELETE ON appeals_appeal FROM suanpan_app;
