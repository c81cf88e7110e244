-- What the room's tables refuse and do by themselves.

CREATE TRIGGER application_by_an_outsider BEFORE INSERT OR UPDATE ON vouchers_application
    FOR EACH ROW EXECUTE FUNCTION identity_require_outsider('decided_by_id', 'applicant_id');
CREATE TRIGGER application_is_decided_once BEFORE UPDATE ON vouchers_application
    FOR EACH ROW WHEN (OLD.state <> 'APPLIED')
    EXECUTE FUNCTION vouchers_decide_once();
CREATE TRIGGER application_stays BEFORE UPDATE ON vouchers_application
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'decided_by_organization_id', 'decided_by_id', 'decided_at', 'note'
    );

CREATE TRIGGER funding_stays BEFORE UPDATE OR DELETE ON vouchers_programmefunding
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER fundings_stay BEFORE TRUNCATE ON vouchers_programmefunding
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

CREATE TRIGGER version_stays BEFORE UPDATE OR DELETE ON vouchers_programmeversion
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER versions_stay BEFORE TRUNCATE ON vouchers_programmeversion
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

-- What a voucher was issued as never changes; only its fate is written down.
CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'clawed_back_by_id', 'returned_minor', 'sweep_at', 'review_code',
        'review_detail', 'review_since'
    );
CREATE TRIGGER voucher_stays BEFORE DELETE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER vouchers_stay BEFORE TRUNCATE ON vouchers_voucher
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
