DROP TRIGGER keyset_renews_moves ON gateway_statement;
