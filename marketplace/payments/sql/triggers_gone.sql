DROP TRIGGER source_stays ON payments_paymentsource;
DROP TRIGGER source_covers ON payments_movement;
DROP TRIGGER movements_stay ON payments_movement;
DROP TRIGGER movement_stays ON payments_movement;
DROP TRIGGER movement_keeps ON payments_movement;
