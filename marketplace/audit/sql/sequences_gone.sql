DROP SEQUENCE audit_export_number;
