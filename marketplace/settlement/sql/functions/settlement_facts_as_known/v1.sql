-- The facts by which a contract is charged below the price that it cleared at: its buyer's group is
-- the one in which the buyer was when it ordered, and no fact makes the contract dearer.
CREATE FUNCTION settlement_facts_as_known() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tables jsonb;
    known text;
BEGIN
    SELECT terms -> 'factors' INTO tables
    FROM pricing_rateplanversion WHERE id = NEW.plan_version_id;
    IF tables IS NULL AND NEW.price_facts = '{}' THEN
        RETURN NEW;
    END IF;
    IF tables ? 'group' THEN
        SELECT g.name INTO known
        FROM orders_order o
        LEFT JOIN projects_project p ON p.id = o.project_id
        CROSS JOIN LATERAL pricing_group_of(
            NEW.provider_id, o.buyer_id, coalesce(p.code, ''), o.relation <> '', o.placed_at) g
        WHERE o.id = NEW.order_id;
    END IF;
    IF NEW.price_facts -> 'group' ->> 'value' IS DISTINCT FROM known
        OR EXISTS (
            SELECT FROM jsonb_each(NEW.price_facts) AS said (kind, fact)
            WHERE kind IN ('group', 'path', 'green') AND (NOT coalesce(tables, '{}') ? kind
                OR (tables -> kind -> 'values' ->> (fact ->> 'value'))::numeric
                    > (tables -> kind ->> 'otherwise')::numeric))
    THEN
        RAISE EXCEPTION 'the facts of contract % are not what was known of it', NEW.number
            USING ERRCODE = '23514', CONSTRAINT = 'contract_facts_as_known',
                TABLE = 'settlement_contract';
    END IF;
    RETURN NEW;
END $$;
