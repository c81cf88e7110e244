CREATE SEQUENCE pricing_rateplan_seq;
