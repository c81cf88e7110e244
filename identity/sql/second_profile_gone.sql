SELECT set_config('suanpan.tenant', '*', true);
DELETE FROM identity_identifierprofile WHERE version = '2';
