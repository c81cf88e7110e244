-- An organisation that was closed holds no prefix any more, and gets none: what it held may end.
CREATE TRIGGER closed_takes_no_grant BEFORE INSERT ON identity_grant
    FOR EACH ROW WHEN (NEW.state <> 'ENDED')
    EXECUTE FUNCTION onboarding_closed_takes_none('organization_id');
