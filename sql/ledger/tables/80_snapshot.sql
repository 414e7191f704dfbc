
    -- ageings, movements and indicators of single days: derived from the books, so that trends need not look at items
    CREATE TABLE receivables.snapshot (
        company_id      bigint NOT NULL REFERENCES receivables.company,
        as_of           date NOT NULL CHECK (isfinite(as_of)),
        month_from      date NOT NULL,
        customer_count  bigint NOT NULL DEFAULT 0,
        taken_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        taken_by        text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, as_of)
    );
    COMMENT ON TABLE receivables.snapshot IS 'Days that ar.take_snapshot kept the state of a company of. Derived: deleted, it can be taken again.';
    COMMENT ON COLUMN receivables.snapshot.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.snapshot.as_of IS 'The day.';
    COMMENT ON COLUMN receivables.snapshot.month_from IS 'The day a month before, from which aging_migration says what became of what was open.';
    COMMENT ON COLUMN receivables.snapshot.customer_count IS 'Customers with open items on the day.';
    COMMENT ON COLUMN receivables.snapshot.taken_at IS 'When it was taken, or last found changed: what had been entered by then counts.';
    COMMENT ON COLUMN receivables.snapshot.taken_by IS 'Database role that took it.';

    -- Column aging comes with the code, as its type does.
    CREATE TABLE receivables.aging_snapshot (
        company_id        bigint NOT NULL,
        as_of             date NOT NULL,
        customer_id       bigint NOT NULL,
        grade             text,
        salesperson       text,
        department        text,
        region            text,
        unapplied_amount  numeric NOT NULL,
        PRIMARY KEY (company_id, as_of, customer_id),
        FOREIGN KEY (company_id, as_of) REFERENCES receivables.snapshot ON DELETE CASCADE,
        FOREIGN KEY (company_id, customer_id) REFERENCES receivables.customer
    );
    CREATE INDEX aging_snapshot_customer_idx ON receivables.aging_snapshot (company_id, customer_id, as_of);
    COMMENT ON TABLE receivables.aging_snapshot IS 'Ageing of each customer with open items on the day of a snapshot, with its owner on that day.';
    COMMENT ON COLUMN receivables.aging_snapshot.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.aging_snapshot.as_of IS 'The day.';
    COMMENT ON COLUMN receivables.aging_snapshot.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.aging_snapshot.grade IS 'Credit grade when the snapshot was taken.';
    COMMENT ON COLUMN receivables.aging_snapshot.salesperson IS 'Salesperson responsible on the day; null for none.';
    COMMENT ON COLUMN receivables.aging_snapshot.department IS 'Department responsible on the day; null for none.';
    COMMENT ON COLUMN receivables.aging_snapshot.region IS 'Region on the day; null for none.';
    COMMENT ON COLUMN receivables.aging_snapshot.unapplied_amount IS 'Open credits, negative, in the currency of the company.';

    CREATE TABLE receivables.aging_migration (
        company_id  bigint NOT NULL,
        as_of       date NOT NULL,
        from_state  text NOT NULL,
        to_state    text NOT NULL,
        amount      numeric NOT NULL CHECK (amount > 0 AND amount < 'Infinity'),
        item_count  bigint NOT NULL CHECK (item_count > 0),
        PRIMARY KEY (company_id, as_of, from_state, to_state),
        FOREIGN KEY (company_id, as_of) REFERENCES receivables.snapshot ON DELETE CASCADE
    );
    COMMENT ON TABLE receivables.aging_migration IS 'What became, by the day of a snapshot, of what was open a month before, item by item.';
    COMMENT ON COLUMN receivables.aging_migration.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.aging_migration.as_of IS 'The day of the snapshot.';
    COMMENT ON COLUMN receivables.aging_migration.from_state IS 'Bucket a month before.';
    COMMENT ON COLUMN receivables.aging_migration.to_state IS 'Bucket on the day of what is open still; else paid, credited, written off or moved.';
    COMMENT ON COLUMN receivables.aging_migration.amount IS 'Amount in the currency of the company.';
    COMMENT ON COLUMN receivables.aging_migration.item_count IS 'Items that the amount is of; one that was settled in part counts in each state.';

    CREATE TABLE receivables.indicator_snapshot (
        company_id   bigint NOT NULL,
        as_of        date NOT NULL,
        scope        text NOT NULL,
        scope_value  text,
        indicator    text NOT NULL,
        value        numeric,
        numerator    numeric,
        denominator  numeric,
        CONSTRAINT indicator_snapshot_key UNIQUE NULLS NOT DISTINCT (company_id, as_of, scope, scope_value, indicator),
        FOREIGN KEY (company_id, as_of) REFERENCES receivables.snapshot ON DELETE CASCADE
    );
    COMMENT ON TABLE receivables.indicator_snapshot IS 'Indicators on the day of a snapshot, of the company and by salesperson, department and region.';
    COMMENT ON COLUMN receivables.indicator_snapshot.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.indicator_snapshot.as_of IS 'The day.';
    COMMENT ON COLUMN receivables.indicator_snapshot.scope IS 'company, salesperson, department or region.';
    COMMENT ON COLUMN receivables.indicator_snapshot.scope_value IS 'Which one; null for the company, and for customers without.';
    COMMENT ON COLUMN receivables.indicator_snapshot.indicator IS 'Name of the indicator, one of ar.indicator_definitions.';
    COMMENT ON COLUMN receivables.indicator_snapshot.value IS 'Its value; null where it is not defined.';
    COMMENT ON COLUMN receivables.indicator_snapshot.numerator IS 'What it is a share of, or a ratio: above.';
    COMMENT ON COLUMN receivables.indicator_snapshot.denominator IS 'And below.';
