ALTER TABLE settlement_charge DROP CONSTRAINT charge_lines_explain;
