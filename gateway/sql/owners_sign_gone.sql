DROP TRIGGER rename_is_signed ON identity_coderename;
DROP TRIGGER alias_is_signed ON identity_codealias;
DROP TRIGGER owner_key_is_signed ON gateway_ownerkey;
DROP TRIGGER owner_key_keeps ON gateway_ownerkey;
