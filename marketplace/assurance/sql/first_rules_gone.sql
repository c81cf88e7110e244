DROP SEQUENCE assurance_case_number;
