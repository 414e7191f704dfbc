
    -- who was responsible for a customer, and when
    CREATE TABLE receivables.customer_owner (
        company_id        bigint NOT NULL,
        customer_id       bigint NOT NULL,
        valid_from        date NOT NULL DEFAULT '-infinity',
        valid_to          date NOT NULL DEFAULT 'infinity',
        salesperson       text,
        department        text,
        region            text,
        recorded_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by       text NOT NULL DEFAULT session_user,
        application_user  text DEFAULT nullif(current_setting('ar.application_user', true), ''),
        PRIMARY KEY (company_id, customer_id, valid_from),
        FOREIGN KEY (company_id, customer_id) REFERENCES receivables.customer ON DELETE CASCADE,
        CONSTRAINT customer_owner_valid_from_before_valid_to CHECK (valid_from < valid_to)
    );
    COMMENT ON TABLE receivables.customer_owner IS 'Who was responsible for a customer from when to when, without gaps; the latest is what the customer itself shows. Entered by ar.assign_customer, by an insert here, or by a change of the customer, which counts from that day.';
    COMMENT ON COLUMN receivables.customer_owner.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.customer_owner.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.customer_owner.valid_from IS 'First day; -infinity for the first owner.';
    COMMENT ON COLUMN receivables.customer_owner.valid_to IS 'Day from which the next one is responsible; infinity for the latest. Kept by the row after it.';
    COMMENT ON COLUMN receivables.customer_owner.salesperson IS 'Salesperson responsible for the customer; null for none.';
    COMMENT ON COLUMN receivables.customer_owner.department IS 'Department responsible for the customer; null for none.';
    COMMENT ON COLUMN receivables.customer_owner.region IS 'Region the customer belongs to; null for none.';
    COMMENT ON COLUMN receivables.customer_owner.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.customer_owner.recorded_by IS 'Database role that entered it.';
    COMMENT ON COLUMN receivables.customer_owner.application_user IS 'User of the application that entered it.';
