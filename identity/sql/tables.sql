-- Tables that the application reads and writes through functions alone.

-- The hashes of passwords, apart from the persons (identity_keep_password).
CREATE TABLE identity_passwordhash (
    user_id bigint PRIMARY KEY REFERENCES identity_user ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    hash text NOT NULL
);
REVOKE ALL ON identity_passwordhash FROM suanpan_app;

-- Requests are counted where all processes see it: in a table without a log (identity_take_turn).
CREATE UNLOGGED TABLE identity_ratecount (
    bucket text PRIMARY KEY,
    started_at timestamptz NOT NULL,
    taken integer NOT NULL CHECK (taken >= 0),
    before integer NOT NULL CHECK (before >= 0)
) WITH (fillfactor = 50);
REVOKE ALL ON identity_ratecount FROM suanpan_app;
