
    -- what the general ledger is posted with
    CREATE OR REPLACE VIEW receivables.journal_line WITH (security_invoker = true) AS
    SELECT e.company_id, e.document_id, e.application_id, l.line, e.posting_date,
           coalesce(r.account, m.account, l.account_role) AS account,
           CASE WHEN r.account IS NULL THEN m.name ELSE r.name END AS account_name, l.account_role,
           e.customer_id, e.kind, e.document_number,
           round(greatest(l.company_amount, 0), u.minor_units) AS debit,
           round(greatest(-l.company_amount, 0), u.minor_units) AS credit,
           e.currency, l.amount, e.recorded_at, e.revaluation_id
    FROM (
        SELECT d.company_id, d.document_id, NULL::bigint AS application_id, NULL::bigint AS revaluation_id,
               d.document_date AS posting_date, d.customer_id,
               d.kind, d.document_number, d.reason_code, d.currency, d.exchange_rate, d.recorded_at,
               CASE WHEN d.kind = 'deposit' THEN 'customer_deposits' ELSE 'receivable' END AS account_role,
               ar.counter_account_role(d.kind, (d.company_amount > 0) = (d.reverses_document_id IS NULL)) AS counter_role,
               s.sign * d.company_amount AS company_amount, s.sign * d.amount AS amount,
               CASE WHEN d.kind IN ('invoice', 'credit_note') THEN s.sign * coalesce(d.tax_amount, 0) ELSE 0 END AS tax
        FROM receivables.document AS d
        CROSS JOIN LATERAL (SELECT CASE WHEN ar.is_credit_kind(d.kind) THEN -1 ELSE 1 END AS sign) AS s
        UNION ALL
        -- A deposit that settles something stops being owed to the customer.
        SELECT a.company_id, NULL AS document_id, a.application_id, NULL AS revaluation_id, a.effective_on, i.customer_id,
               'application' AS kind, d.document_number, NULL AS reason_code, i.currency, 1 AS exchange_rate, a.recorded_at,
               'customer_deposits' AS account_role, 'receivable' AS counter_role,
               s.sign * a.company_amount AS company_amount, s.sign * a.amount AS amount, 0 AS tax
        FROM receivables.item AS i
        CROSS JOIN LATERAL (SELECT CASE WHEN i.is_debit THEN -1 ELSE 1 END AS sign) AS s
        JOIN receivables.application AS a
            ON a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
        JOIN receivables.item AS o
            ON o.company_id = a.company_id AND o.kind <> 'deposit'
               AND o.item_id = CASE WHEN i.is_debit THEN a.credit_item_id ELSE a.debit_item_id END
        JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
        WHERE i.kind = 'deposit'
        UNION ALL
        -- A layer of its own: the account of the customer stays as it was booked.
        SELECT r.company_id, NULL AS document_id, NULL AS application_id, r.revaluation_id, r.effective_on, r.customer_id,
               'revaluation' AS kind, d.document_number, NULL AS reason_code, r.currency, 1 AS exchange_rate, r.recorded_at,
               'receivables_revaluation' AS account_role, 'unrealised_exchange_difference' AS counter_role,
               r.amount AS company_amount, 0 AS amount, 0 AS tax
        FROM receivables.revaluation_movement AS r
        JOIN receivables.item AS i ON i.company_id = r.company_id AND i.item_id = r.item_id
        JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id) AS e
    JOIN receivables.company AS co ON co.company_id = e.company_id
    JOIN receivables.currency AS u ON u.currency = co.currency
    CROSS JOIN LATERAL (
        SELECT round(CASE WHEN e.currency = co.currency THEN e.tax ELSE e.tax * e.exchange_rate END, u.minor_units) AS company_tax) AS t
    CROSS JOIN LATERAL (VALUES
        (1, e.account_role, e.company_amount, e.amount),
        (2, e.counter_role, t.company_tax - e.company_amount, e.tax - e.amount),
        (3, 'tax', -t.company_tax, -e.tax)) AS l (line, account_role, company_amount, amount)
    LEFT JOIN receivables.account_map AS m ON m.company_id = e.company_id AND m.account_role = l.account_role
    LEFT JOIN receivables.reason_code AS r
        ON r.company_id = e.company_id AND r.reason_code = e.reason_code AND l.line = 2 AND r.account IS NOT NULL
    WHERE l.company_amount <> 0
      AND (ar.known_at() IS NULL OR e.recorded_at <= ar.known_at());
    COMMENT ON VIEW receivables.journal_line IS 'Balanced journal lines, in the currency of the company, of every document, every application of a deposit and every revaluation of an item. A reversal has the lines of what it undoes with debit and credit swapped. Of all dates: posting_date is for the question to choose; as far as was entered by ar.known_at().';
    COMMENT ON COLUMN receivables.journal_line.document_id IS 'The document that is posted; null for the application of a deposit and for a revaluation.';
    COMMENT ON COLUMN receivables.journal_line.application_id IS 'The application of a deposit that is posted; null for anything else.';
    COMMENT ON COLUMN receivables.journal_line.revaluation_id IS 'The revaluation that is posted; null for anything else.';
    COMMENT ON COLUMN receivables.journal_line.line IS 'Number of the line within the document, application or revaluation: 1 the account of the customer, 2 the one it is posted against, 3 tax.';
    COMMENT ON COLUMN receivables.journal_line.posting_date IS 'Date from which it counts: that of the document, application or revaluation.';
    COMMENT ON COLUMN receivables.journal_line.account IS 'Account of the reason a difference is posted with, where that has one; else the one account_map gives the role; without one the role itself.';
    COMMENT ON COLUMN receivables.journal_line.account_name IS 'Name of the account, or of the reason whose account it is; null where account_map has none.';
    COMMENT ON COLUMN receivables.journal_line.account_role IS 'What the account is for, as in account_map.';
    COMMENT ON COLUMN receivables.journal_line.kind IS 'Kind of document, application for that of a deposit, or revaluation.';
    COMMENT ON COLUMN receivables.journal_line.document_number IS 'Number of the document, of the deposit that is applied, or of the document whose item is revalued.';
    COMMENT ON COLUMN receivables.journal_line.debit IS 'Debit in the currency of the company; 0 for a credit.';
    COMMENT ON COLUMN receivables.journal_line.credit IS 'Credit in the currency of the company; 0 for a debit.';
    COMMENT ON COLUMN receivables.journal_line.currency IS 'Currency of the document.';
    COMMENT ON COLUMN receivables.journal_line.amount IS 'The amount in the currency of the document: positive for a debit, negative for a credit; 0 for an exchange difference and a revaluation.';
