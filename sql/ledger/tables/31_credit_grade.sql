
    -- what each credit grade means
    CREATE TABLE receivables.credit_grade (
        company_id       bigint NOT NULL REFERENCES receivables.company,
        grade            text NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D')),
        from_score       numeric NOT NULL CHECK (from_score > '-Infinity' AND from_score < 'Infinity'),
        payment_term     text,
        maximum_limit    numeric CHECK (maximum_limit >= 0 AND maximum_limit < 'Infinity'),
        dunning_policy   text,
        deposit_percent  numeric NOT NULL DEFAULT 0 CHECK (deposit_percent BETWEEN 0 AND 100),
        recorded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by      text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, grade),
        FOREIGN KEY (company_id, payment_term) REFERENCES receivables.payment_term
    );
    COMMENT ON TABLE receivables.credit_grade IS 'What a credit grade means in a company: from which score, on which terms, up to which limit, with which deposit.';
    COMMENT ON COLUMN receivables.credit_grade.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.credit_grade.grade IS 'The grade, A (best) to D.';
    COMMENT ON COLUMN receivables.credit_grade.from_score IS 'Lowest score of the grade, from 0 to 100.';
    COMMENT ON COLUMN receivables.credit_grade.payment_term IS 'Payment term of customers of the grade that have none of their own; null for that of the company.';
    COMMENT ON COLUMN receivables.credit_grade.maximum_limit IS 'Highest credit limit of the grade in the currency of the company; null for no cap, 0 for no credit.';
    COMMENT ON COLUMN receivables.credit_grade.dunning_policy IS 'Policy that customers of the grade are dunned by; null for that of the company.';
    COMMENT ON COLUMN receivables.credit_grade.deposit_percent IS 'Percent of an order that is to be paid before it is delivered.';
    COMMENT ON COLUMN receivables.credit_grade.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.credit_grade.recorded_by IS 'Who entered it.';
