-- What the room's tables refuse and do by themselves.

CREATE TRIGGER capacity_certificate_by_an_outsider BEFORE INSERT ON metering_capacitycertificate
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('verifier_person_id', 'provider_id');
CREATE TRIGGER metering_capacitycertificate_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON metering_capacitycertificate
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER metering_measurementruleversion_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON metering_measurementruleversion
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

-- A meter's identity never changes and none is removed: readings are checked when they arrive.
CREATE TRIGGER metering_meter_is_fixed
    BEFORE UPDATE OF id, provider_id, resource_id, metric_id, rule_version_id
    ON metering_meter
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER metering_meter_stays BEFORE DELETE OR TRUNCATE ON metering_meter
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER metering_reading_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON metering_reading
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER metering_reading_of_own_meter AFTER INSERT ON metering_reading
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION metering_require_own_meters();

CREATE TRIGGER metering_usagerecord_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON metering_usagerecord
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER metering_windowdecision_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON metering_windowdecision
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER window_decision_by_an_outsider BEFORE INSERT ON metering_windowdecision
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider(
        'decided_by_person_id', 'provider_id'
    );
