CREATE SEQUENCE rounds_round_number;
