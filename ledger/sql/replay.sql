-- Balances are replayed from the transfers, in slices that are remembered.

-- One row a replay. Everything up to (xid, transfer_id), in the order of the log, is in the sums.
CREATE TABLE ledger_replay (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    xid xid8 NOT NULL DEFAULT '0',
    transfer_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    transfers bigint NOT NULL DEFAULT 0,
    differences integer,
    CONSTRAINT ledger_replay_ends_with_a_count
        CHECK ((finished_at IS NULL) = (differences IS NULL)),
    CONSTRAINT ledger_replay_is_not_negative CHECK (transfers >= 0 AND differences >= 0)
);
CREATE UNIQUE INDEX ledger_replay_one_at_a_time ON ledger_replay ((true))
    WHERE finished_at IS NULL;
CREATE INDEX ledger_replay_finished ON ledger_replay (id) WHERE finished_at IS NOT NULL;

-- The sums of the replay under way; empty between replays.
CREATE TABLE ledger_replay_sum (
    account_id bigint PRIMARY KEY,
    debits_posted numeric NOT NULL,
    credits_posted numeric NOT NULL,
    debits_pending numeric NOT NULL,
    credits_pending numeric NOT NULL
) WITH (fillfactor = 50);

-- An account whose balance is not what its transfers say: debits and credits posted, debits and
-- credits pending. No figures: it has no transfer, or no balance.
CREATE TABLE ledger_replay_finding (
    replay_id bigint NOT NULL REFERENCES ledger_replay,
    account_id bigint NOT NULL,
    replayed numeric[] NOT NULL,
    stored numeric[] NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (replay_id, account_id)
);

REVOKE DELETE ON ledger_replay FROM suanpan_app;
REVOKE UPDATE ON ledger_replay FROM suanpan_app;
GRANT UPDATE (finished_at, xid, transfer_id, transfers, differences) ON ledger_replay
    TO suanpan_app;
