DROP TRIGGER difference_stays_settled ON payments_moneydifference;
DROP TRIGGER difference_keeps ON payments_moneydifference;
DROP TRIGGER refund_as_agreed ON payments_movement;
DROP TRIGGER line_keeps ON payments_bankline;
