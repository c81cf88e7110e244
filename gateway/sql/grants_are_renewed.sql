DROP INDEX statement_to_renew;
CREATE INDEX statement_to_renew ON gateway_statement (issuer)
    WHERE type IN ('grant', 'rename', 'binding') AND NOT is_second;
