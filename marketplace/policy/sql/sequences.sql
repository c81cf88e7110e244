CREATE SEQUENCE policy_run_number;
