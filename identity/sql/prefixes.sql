-- What was registered under profile 1 has its serials within its owner.
SELECT set_config('suanpan.tenant', '*', true);
UPDATE identity_computeresource
SET prefix = split_part(identifier, '-', 1) || '-' || split_part(identifier, '-', 2);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
