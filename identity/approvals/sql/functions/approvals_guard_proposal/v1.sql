-- Trigger: what was proposed stays as it is, is decided once, and by somebody who holds the role
-- at that moment, belongs to the desk that decides, and not to whom it is about.
CREATE FUNCTION approvals_guard_proposal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    decision CONSTANT text[] := ARRAY[
        'state', 'decided_by_id', 'decided_for_id', 'decided_at', 'note', 'result_id'
    ];
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            problem := 'nothing begins decided';
        END IF;
    ELSIF to_jsonb(OLD) - decision IS DISTINCT FROM to_jsonb(NEW) - decision THEN
        problem := 'what was proposed stays';
    ELSIF OLD.state <> 'PROPOSED' THEN
        problem := 'a proposal is decided once';
    ELSIF NEW.state IN ('APPROVED', 'REFUSED') THEN
        IF NEW.desk_id <> NEW.decided_for_id THEN  -- Without a desk: unknown, so not true.
            problem := 'another desk decides';
        ELSIF NOT identity_hold_role(NEW.decided_by_id, NEW.decided_for_id, NEW.role) THEN
            problem := 'who decides holds the role';
        ELSIF NEW.barred_organization_id IS NOT NULL
            AND identity_belongs(NEW.decided_by_id, NEW.barred_organization_id) THEN
            problem := 'nobody decides about an organisation of their own';
        END IF;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%: %', TG_TABLE_NAME, problem
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
