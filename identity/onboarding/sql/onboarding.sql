-- Two outsiders end an onboarding, as they agreed; nothing else of it changes, and nothing goes.
CREATE TRIGGER onboarding_as_agreed BEFORE UPDATE ON onboarding_onboarding
    FOR EACH ROW EXECUTE FUNCTION onboarding_as_agreed();
CREATE TRIGGER activated_by_an_outsider BEFORE UPDATE ON onboarding_onboarding
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('proposed_by_id', 'organization_id');
CREATE TRIGGER marks_the_register AFTER INSERT OR UPDATE ON onboarding_onboarding
    FOR EACH ROW EXECUTE FUNCTION onboarding_mark();
CREATE TRIGGER confirmed_by_an_outsider BEFORE INSERT ON onboarding_confirmedline
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('confirmed_by_id', 'organization_id');
REVOKE DELETE ON onboarding_onboarding FROM suanpan_app;
REVOKE UPDATE, DELETE ON onboarding_confirmedline FROM suanpan_app;
