
    -- payment terms, and the series that documents are numbered in
    CREATE TABLE receivables.payment_term (
        company_id    bigint NOT NULL REFERENCES receivables.company,
        payment_term  text NOT NULL CHECK (btrim(payment_term) <> ''),
        name          text NOT NULL CHECK (btrim(name) <> ''),
        definition    jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
        recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by   text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, payment_term)
    );
    ALTER TABLE receivables.company ADD FOREIGN KEY (company_id, payment_term) REFERENCES receivables.payment_term;
    COMMENT ON TABLE receivables.payment_term IS 'Payment terms of a company: when its invoices are due, in which instalments, less which discount.';
    COMMENT ON COLUMN receivables.payment_term.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.payment_term.payment_term IS 'Code of the term, such as NET30.';
    COMMENT ON COLUMN receivables.payment_term.name IS 'Name of the term, as invoices print it.';
    COMMENT ON COLUMN receivables.payment_term.definition IS 'What the term says, as ar.check_term describes it; checked when it is stored.';
    COMMENT ON COLUMN receivables.payment_term.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.payment_term.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.number_series (
        company_id  bigint NOT NULL REFERENCES receivables.company,
        series      text NOT NULL CHECK (btrim(series) <> ''),
        kind        text NOT NULL,
        pattern     text NOT NULL CHECK (pattern ~ '^[^{}]*(\{(year|month)\}[^{}]*)*\{number(:[1-9])?\}[^{}]*$'
                                         AND (pattern !~ '\{month\}' OR pattern ~ '\{year\}')),
        is_default  boolean NOT NULL DEFAULT true,
        PRIMARY KEY (company_id, series)
    );
    CREATE UNIQUE INDEX number_series_default_idx ON receivables.number_series (company_id, kind) WHERE is_default;
    COMMENT ON TABLE receivables.number_series IS 'Series in which documents that come without a number get one, without gaps.';
    COMMENT ON COLUMN receivables.number_series.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.number_series.series IS 'Name of the series.';
    COMMENT ON COLUMN receivables.number_series.kind IS 'Kind of document it numbers: invoice, credit_note, payment and so on.';
    COMMENT ON COLUMN receivables.number_series.pattern IS 'How a number is written: text with {number} or {number:5} (zeros up to five digits) and, for a count that starts anew each year or month, {year} and {month} before it.';
    COMMENT ON COLUMN receivables.number_series.is_default IS 'Whether a document of the kind that names no series is numbered in it; at most one for each kind.';

    CREATE TABLE receivables.number_counter (
        company_id    bigint NOT NULL,
        series        text NOT NULL,
        period        text NOT NULL,
        first_number  bigint NOT NULL DEFAULT 1 CHECK (first_number > 0),
        last_number   bigint NOT NULL CHECK (last_number >= first_number),
        PRIMARY KEY (company_id, series, period),
        FOREIGN KEY (company_id, series) REFERENCES receivables.number_series
    );
    COMMENT ON TABLE receivables.number_counter IS 'The number last given in a series. Its row is locked until the document is committed, so that no number is skipped.';
    COMMENT ON COLUMN receivables.number_counter.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.number_counter.series IS 'The series.';
    COMMENT ON COLUMN receivables.number_counter.period IS 'Year (2026) or month (2026-03) that is counted; empty for a series without.';
    COMMENT ON COLUMN receivables.number_counter.first_number IS 'The number first given: 1, or the one after the highest that documents had by other ways before.';
    COMMENT ON COLUMN receivables.number_counter.last_number IS 'The number last given.';
