DROP TRIGGER export_keeps_what_was_asked ON audit_export;
