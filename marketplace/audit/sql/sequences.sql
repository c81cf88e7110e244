CREATE SEQUENCE audit_export_number;
