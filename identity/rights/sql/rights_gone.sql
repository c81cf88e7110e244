DROP TRIGGER timeline_grows ON rights_timelineentry;
DROP TRIGGER incident_keeps ON rights_incident;
DROP TRIGGER erased_as_agreed ON rights_erasure;
