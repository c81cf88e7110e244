-- What two people agreed on is what is written; who suspends or reinstates is no member there.
CREATE TRIGGER suspension_as_agreed BEFORE INSERT OR UPDATE ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION identity_suspension_as_agreed();
CREATE TRIGGER suspension_by_an_outsider BEFORE INSERT ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider(
        'suspended_by_id', 'organization_id'
    );
CREATE TRIGGER reinstated_by_an_outsider BEFORE UPDATE ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider(
        'reinstated_by_id', 'organization_id'
    );
CREATE TRIGGER suspension_keeps BEFORE UPDATE ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION identity_suspension_keeps();
CREATE TRIGGER suspension_stays BEFORE DELETE ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER marks_the_register AFTER INSERT OR UPDATE ON identity_suspension
    FOR EACH ROW EXECUTE FUNCTION identity_mark_suspended();
CREATE TRIGGER api_key_of_standing AFTER INSERT ON identity_apikey
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_require_standing('organization_id');
REVOKE DELETE ON identity_suspension FROM suanpan_app;
