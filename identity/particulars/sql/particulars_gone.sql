DROP TRIGGER place_keeps ON particulars_place;
DROP TRIGGER changed_name_is_kept ON identity_organization;
DROP TRIGGER name_is_kept ON identity_organization;
