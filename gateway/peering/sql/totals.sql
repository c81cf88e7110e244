CREATE TRIGGER totals_rise BEFORE UPDATE ON gateway_daytotals
    FOR EACH ROW EXECUTE FUNCTION peering_totals_rise();
REVOKE DELETE ON gateway_daytotals FROM suanpan_app;
