DROP TRIGGER move_keeps ON gateway_move;
DROP TRIGGER expected_keeps ON gateway_expectedmove;
