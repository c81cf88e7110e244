DROP SEQUENCE pricing_rateplan_seq;
