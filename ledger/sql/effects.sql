-- What accounts moved by the hour of effect and the hour of booking, so that a balance is known as
-- of any two moments without reading what lies between: sums for whole hours, and which transfers
-- they are of for the two hours that a moment cuts. Written with the pages of accounts, behind the
-- sealer; posting pays nothing. A number whose last 32 bits are nought is all accounts of a kind.
CREATE TABLE ledger_effect_sum (
    account_id bigint NOT NULL,
    effect_hour timestamptz NOT NULL,
    booked_hour timestamptz NOT NULL,
    debits_posted numeric(30) NOT NULL,
    credits_posted numeric(30) NOT NULL,
    PRIMARY KEY (account_id, effect_hour, booked_hour)
        INCLUDE (debits_posted, credits_posted)
);
CREATE TABLE ledger_effect_page (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL,
    effect_hour timestamptz NOT NULL,
    booked_hour timestamptz NOT NULL,
    transfers uuid[] NOT NULL
);
CREATE INDEX ledger_effect_page_by_effect ON ledger_effect_page (effect_hour, account_id);
CREATE INDEX ledger_effect_page_by_booking ON ledger_effect_page (booked_hour, account_id);
REVOKE ALL ON ledger_effect_sum, ledger_effect_page FROM suanpan_app;
GRANT SELECT, INSERT, UPDATE (debits_posted, credits_posted) ON ledger_effect_sum TO suanpan_app;
GRANT SELECT, INSERT ON ledger_effect_page TO suanpan_app;
DO $$
DECLARE
    tenant text := '(SELECT suanpan_tenant())';
    own text := 'account_id IN (SELECT id FROM ledger_account WHERE owner_id::text = ' || tenant || ')';
    wall text;
    action text;
BEGIN
    FOREACH wall IN ARRAY ARRAY['ledger_effect_sum', 'ledger_effect_page'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wall);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wall);
        EXECUTE format('CREATE POLICY %I ON %I TO suanpan_owner USING (true)', wall || '_whole', wall);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO suanpan_app USING (%s = ''*'' OR %s)',
            wall || '_read', wall, tenant, own);
        FOREACH action IN ARRAY ARRAY['INSERT', 'UPDATE'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I FOR %s TO suanpan_app %s (%s = ''*'')',
                wall || '_' || lower(action), wall, action,
                CASE action WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, tenant);
        END LOOP;
    END LOOP;
END $$;
