DROP TRIGGER resource_is_signed ON identity_computeresource;
DROP TRIGGER resource_is_signed_again ON identity_computeresource;
DROP TRIGGER entry_keeps ON gateway_entry;
DROP TRIGGER entry_stays ON gateway_entry;
DROP TRIGGER node_keeps ON gateway_node;
DROP TRIGGER node_stays ON gateway_node;
DROP INDEX entry_by_place, entry_by_kind, entry_by_chips, entry_by_price, entry_by_level;
