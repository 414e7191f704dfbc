    -- the books themselves
    CREATE SCHEMA receivables;
    COMMENT ON SCHEMA receivables IS 'Accounts receivable: the books. They belong to whoever created them; the code is in schema ar.';

    CREATE TABLE receivables.ledger_version (
        version     text NOT NULL PRIMARY KEY,
        applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        applied_by  text NOT NULL DEFAULT session_user
    );
    COMMENT ON TABLE receivables.ledger_version IS 'Each version of the books, in the order they were brought to it.';
    COMMENT ON COLUMN receivables.ledger_version.version IS 'Version of the extension whose code made or upgraded the books.';
    COMMENT ON COLUMN receivables.ledger_version.applied_at IS 'When the books were brought to this version.';
    COMMENT ON COLUMN receivables.ledger_version.applied_by IS 'Who called for it.';
