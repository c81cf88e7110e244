DROP TRIGGER statement_goes_up ON gateway_statement;
DROP TRIGGER entry_status_is_told ON gateway_entry;
DROP TRIGGER entry_status_is_told_again ON gateway_entry;
DROP TRIGGER resource_status_is_told ON identity_computeresource;
DROP TRIGGER owner_standing_is_told ON identity_organization;
