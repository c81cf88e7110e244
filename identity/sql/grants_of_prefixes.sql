-- What was granted stays written; only which row is current changes, and a trigger alone does that.
REVOKE UPDATE, DELETE, TRUNCATE ON identity_grant FROM suanpan_app;
CREATE TRIGGER grant_stays BEFORE DELETE OR TRUNCATE ON identity_grant
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER grant_keeps BEFORE UPDATE ON identity_grant
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts('is_current');
CREATE TRIGGER grant_follows BEFORE INSERT ON identity_grant
    FOR EACH ROW EXECUTE FUNCTION identity_grant_follows();
CREATE TRIGGER grant_as_agreed BEFORE INSERT ON identity_grant
    FOR EACH ROW WHEN (NEW.state = 'ENDED') EXECUTE FUNCTION identity_grant_as_agreed();
-- What was allotted before there were grants gets its own: owners first, then pools.
INSERT INTO identity_grant (id, profile, prefix, sequence, is_current, level, depth, issuer,
    subject_node, organization_id, name, host, rights, limits, parent_prefix, not_before, not_after,
    state, reason, recorded_at)
SELECT gen_random_uuid(), '2', 'SP2-' || o.node || '-' || o.code, 1, true, 'owner', 1, o.node,
    o.node, o.organization_id, r.name, o.node, ARRAY['answer', 'register'], '{}'::jsonb, '',
    o.allotted_at, greatest(o.allotted_at, clock_timestamp()) + interval '1095 days', 'ACTIVE', '',
    clock_timestamp()
FROM identity_ownercode o JOIN identity_organization r ON r.id = o.organization_id;
INSERT INTO identity_grant (id, profile, prefix, sequence, is_current, level, depth, issuer,
    subject_node, organization_id, name, host, rights, limits, parent_prefix, not_before, not_after,
    state, reason, recorded_at)
SELECT gen_random_uuid(), p.profile_id, p.prefix, 1, true, 'pool', 2, o.node, o.node,
    p.organization_id, p.name, o.node, ARRAY['answer', 'register'],
    jsonb_build_object('children', 0, 'resources', p.resources_max),
    'SP2-' || o.node || '-' || o.code, p.allotted_at,
    greatest(p.allotted_at, clock_timestamp()) + interval '1095 days', 'ACTIVE', '',
    clock_timestamp()
FROM identity_pool p JOIN identity_ownercode o ON o.id = p.owner_code_id;
