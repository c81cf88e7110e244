-- What disputes.sql made beside the table.
DROP TRIGGER IF EXISTS dispute_keeps ON assurance_tradedispute;
DROP SEQUENCE assurance_dispute_number;
