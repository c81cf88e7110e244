DROP VIEW ledger_document_line;
DROP TABLE ledger_document;
