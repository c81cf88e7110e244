-- Documents of other rooms: their hashes are leaves of the log, their contents stay where they are.
CREATE TABLE ledger_document (
    id uuid NOT NULL DEFAULT uuidv7(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind varchar(40) NOT NULL,
    form smallint NOT NULL,
    reference varchar(100) NOT NULL,
    at timestamptz NOT NULL,
    sha256 bytea NOT NULL,
    PRIMARY KEY (kind, reference),
    CONSTRAINT ledger_document_kind_is_plain CHECK (kind ~ '^[a-z][a-z_]*[.][a-z][a-z_]*$'),
    CONSTRAINT ledger_document_form_counts CHECK (form > 0),
    CONSTRAINT ledger_document_reference_is_plain CHECK (reference ~ '^[!-~]+$'),
    CONSTRAINT ledger_document_has_a_hash CHECK (octet_length(sha256) = 32)
);
-- The sealer walks the documents in this order, a page at a time.
CREATE UNIQUE INDEX ledger_document_order ON ledger_document (xid, id);
CREATE INDEX ledger_document_by_time ON ledger_document (kind, at, reference);

-- The line of text that stands for a document in the log.
CREATE VIEW ledger_document_line WITH (security_invoker = true) AS
SELECT d.xid, d.id, d.kind, d.reference, d.at, concat_ws(E'\t',
        'document', d.kind, d.form, d.reference,
        to_char(d.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), encode(d.sha256, 'hex')
    ) AS line
FROM ledger_document d;

CREATE TRIGGER ledger_document_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_document FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

REVOKE ALL ON ledger_document, ledger_document_line FROM suanpan_app;
-- Neither id nor xid: nobody chooses a place in the log.
GRANT SELECT, INSERT (kind, form, reference, at, sha256) ON ledger_document TO suanpan_app;
GRANT SELECT ON ledger_document_line TO suanpan_app;
ALTER TABLE ledger_document ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_document FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_document_whole ON ledger_document TO suanpan_owner USING (true);
CREATE POLICY ledger_document_read ON ledger_document FOR SELECT TO suanpan_app
    USING ((SELECT suanpan_tenant()) = '*');
CREATE POLICY ledger_document_insert ON ledger_document FOR INSERT TO suanpan_app
    WITH CHECK ((SELECT suanpan_tenant()) = '*');
