-- What the room's tables refuse by themselves, and what the application never does to them.
CREATE TRIGGER green_supply_keeps_facts BEFORE UPDATE ON metering_energy_greensupply
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'centre_id', 'used_month', 'claimed_at', 'ended_at', 'end_reason'
    );
CREATE TRIGGER green_supply_keeps BEFORE UPDATE ON metering_energy_greensupply
    FOR EACH ROW EXECUTE FUNCTION metering_energy_supply_keeps();
CREATE TRIGGER centre_holds_own_things BEFORE INSERT OR UPDATE ON metering_energy_centreresource
    FOR EACH ROW EXECUTE FUNCTION metering_energy_own_things();
CREATE TRIGGER pue_is_of_own_centre BEFORE INSERT ON metering_energy_centrepue
    FOR EACH ROW EXECUTE FUNCTION metering_energy_own_things();
CREATE TRIGGER data_centre_stays BEFORE UPDATE ON metering_energy_datacentre
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts();
REVOKE DELETE ON metering_energy_greensupply, metering_energy_centreresource,
    metering_energy_datacentre, metering_energy_usageenergy, metering_energy_countingplace
    FROM suanpan_app;
REVOKE INSERT ON metering_energy_countingplace FROM suanpan_app;
REVOKE UPDATE, DELETE ON metering_energy_centrepue, metering_energy_gridfactor FROM suanpan_app;
