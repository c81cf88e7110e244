-- A person is erased as two people agreed; that it was done stays.
CREATE TRIGGER erased_as_agreed BEFORE INSERT ON rights_erasure
    FOR EACH ROW EXECUTE FUNCTION rights_erased_as_agreed();
CREATE TRIGGER incident_keeps BEFORE UPDATE ON rights_incident
    FOR EACH ROW EXECUTE FUNCTION rights_incident_keeps();
CREATE TRIGGER timeline_grows BEFORE INSERT ON rights_timelineentry
    FOR EACH ROW EXECUTE FUNCTION rights_timeline_grows();
REVOKE DELETE ON rights_incident FROM suanpan_app;
