CREATE TRIGGER move_keeps BEFORE UPDATE ON gateway_move
    FOR EACH ROW EXECUTE FUNCTION peering_move_keeps();
CREATE TRIGGER expected_keeps BEFORE UPDATE ON gateway_expectedmove
    FOR EACH ROW EXECUTE FUNCTION peering_expected_keeps();
REVOKE DELETE ON gateway_move, gateway_expectedmove FROM suanpan_app;
