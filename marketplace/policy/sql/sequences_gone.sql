DROP SEQUENCE policy_run_number;
