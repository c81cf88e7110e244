-- Two outsiders close an organisation, as they agreed; what was closed stays so.
CREATE TRIGGER closed_as_agreed BEFORE INSERT ON onboarding_closure
    FOR EACH ROW EXECUTE FUNCTION onboarding_closed_as_agreed();
CREATE TRIGGER closed_by_an_outsider BEFORE INSERT ON onboarding_closure
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('proposed_by_id', 'organization_id');
CREATE TRIGGER marks_the_register AFTER INSERT ON onboarding_closure
    FOR EACH ROW EXECUTE FUNCTION onboarding_mark_closed();
CREATE TRIGGER closed_takes_no_member BEFORE INSERT ON identity_membership
    FOR EACH ROW EXECUTE FUNCTION onboarding_closed_takes_none('organization_id');
CREATE TRIGGER closed_takes_no_agent BEFORE INSERT ON identity_meteringagent
    FOR EACH ROW EXECUTE FUNCTION onboarding_closed_takes_none('organization_id');
CREATE TRIGGER closed_takes_no_resource BEFORE INSERT ON identity_computeresource
    FOR EACH ROW EXECUTE FUNCTION onboarding_closed_takes_none('provider_id');
