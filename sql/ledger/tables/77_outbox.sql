
    -- what other systems are told
    CREATE TABLE receivables.subscription (
        company_id   bigint NOT NULL REFERENCES receivables.company,
        topic        text NOT NULL CHECK (topic ~ '^(\*|(\*|[a-z_]+)\.(\*|[a-z_]+))$'),
        recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by  text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, topic)
    );
    COMMENT ON TABLE receivables.subscription IS 'Topics whose events are written to the outbox. Entered by ar.publish.';
    COMMENT ON COLUMN receivables.subscription.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.subscription.topic IS 'A topic such as invoice.posted; * for either word, or alone for all.';
    COMMENT ON COLUMN receivables.subscription.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.subscription.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.outbox (
        company_id      bigint NOT NULL,
        sequence        bigint GENERATED ALWAYS AS IDENTITY,
        topic           text NOT NULL,
        object_kind     text NOT NULL,
        object_key      jsonb NOT NULL CHECK (jsonb_typeof(object_key) = 'object'),
        payload         jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
        transaction_id  xid8 NOT NULL,
        horizon         xid8 NOT NULL,
        recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (company_id, sequence)
    );
    COMMENT ON TABLE receivables.outbox IS 'Events for other systems, in the order of their sequence; read with ar.read_outbox, which misses none, and removed with ar.trim_outbox.';
    COMMENT ON COLUMN receivables.outbox.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.outbox.sequence IS 'Order of the events; has gaps.';
    COMMENT ON COLUMN receivables.outbox.topic IS 'What happened to what, such as invoice.posted, application.reversed, customer.changed, alarm.raised.';
    COMMENT ON COLUMN receivables.outbox.object_kind IS 'Table of the object: document, application, customer, contract, period_closing or alarm.';
    COMMENT ON COLUMN receivables.outbox.object_key IS 'Primary key of the object, by column.';
    COMMENT ON COLUMN receivables.outbox.payload IS 'The row as it was after the event, by column; before it where it was deleted.';
    COMMENT ON COLUMN receivables.outbox.transaction_id IS 'Transaction that wrote it: what was posted together has the same.';
    COMMENT ON COLUMN receivables.outbox.horizon IS 'A transaction from here on holds later sequences only; one before may hold an earlier one until it ends.';
    COMMENT ON COLUMN receivables.outbox.recorded_at IS 'When it was written.';
