
    -- from the bank line to what it settled, and how well matching does
    CREATE OR REPLACE VIEW receivables.bank_reconciliation_detail WITH (security_invoker = true) AS
    SELECT b.company_id, b.bank_line_id, b.bank_statement_id, a.application_id, a.effective_on AS applied_on,
           a.match_proposal_id, p.method, p.is_automatic,
           s.kind AS settled_by_kind, s.document_number AS settled_by_number, i.item_id, i.customer_id,
           c.customer_number, c.name AS customer_name, d.kind, d.document_number, b.currency, a.amount, a.applied_amount,
           ar.as_of() AS as_of
    FROM receivables.bank_line AS b
    JOIN (
        -- Its own money, with what became undone; not what a reversed document is settled with.
        SELECT t.company_id, t.bank_line_id, x.application_id, x.effective_on,
               coalesce(x.match_proposal_id, v.match_proposal_id) AS match_proposal_id, x.amount, m.document_id AS settled_by,
               x.debit_item_id AS item_id, x.amount AS applied_amount
        FROM receivables.document AS t
        JOIN receivables.item AS m ON m.company_id = t.company_id AND m.document_id = t.document_id
        JOIN receivables.application AS x ON x.company_id = m.company_id AND x.credit_item_id = m.item_id
        JOIN receivables.item AS o ON o.company_id = x.company_id AND o.item_id = x.debit_item_id
        LEFT JOIN receivables.application AS v ON v.company_id = x.company_id AND v.application_id = x.reverses_application_id
        WHERE t.bank_line_id IS NOT NULL AND t.reverses_document_id IS NULL AND t.kind IN ('payment', 'deposit')
          AND o.reverses_item_id IS DISTINCT FROM m.item_id AND x.exchange_of_application_id IS NULL
          AND x.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR x.recorded_at <= ar.known_at())
        UNION ALL
        SELECT t.company_id, t.bank_line_id, x.application_id, x.effective_on,
               coalesce(x.match_proposal_id, v.match_proposal_id) AS match_proposal_id, x.amount, m.document_id AS settled_by,
               x.credit_item_id AS item_id, -x.amount AS applied_amount
        FROM receivables.document AS t
        JOIN receivables.item AS m ON m.company_id = t.company_id AND m.document_id = t.document_id
        JOIN receivables.application AS x ON x.company_id = m.company_id AND x.debit_item_id = m.item_id
        JOIN receivables.item AS o ON o.company_id = x.company_id AND o.item_id = x.credit_item_id
        LEFT JOIN receivables.application AS v ON v.company_id = x.company_id AND v.application_id = x.reverses_application_id
        WHERE t.bank_line_id IS NOT NULL AND t.reverses_document_id IS NULL AND t.kind = 'refund'
          AND o.reverses_item_id IS DISTINCT FROM m.item_id AND x.exchange_of_application_id IS NULL
          AND x.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR x.recorded_at <= ar.known_at())
        UNION ALL
        -- What was settled with it: credit notes, discounts, fees.
        SELECT q.company_id, q.bank_line_id, y.application_id, y.effective_on, x.match_proposal_id, y.amount,
               -- What was posted for a difference settles, be it a debit.
               CASE WHEN u.match_proposal_id = x.match_proposal_id THEN u.document_id ELSE k.document_id END,
               CASE WHEN u.match_proposal_id = x.match_proposal_id THEN x.credit_item_id ELSE x.debit_item_id END, 0
        FROM (SELECT p.company_id, p.bank_line_id, p.match_proposal_id
              FROM receivables.match_proposal AS p
              WHERE p.bank_line_id IS NOT NULL AND p.status <> 'open'
              UNION ALL
              -- The line may have been posted first and matched later.
              SELECT p.company_id, f.bank_line_id, p.match_proposal_id
              FROM receivables.document AS f
              JOIN receivables.item AS m ON m.company_id = f.company_id AND m.document_id = f.document_id
              JOIN receivables.match_proposal AS p ON p.company_id = m.company_id AND p.credit_item_id = m.item_id AND p.status <> 'open'
              WHERE f.bank_line_id IS NOT NULL) AS q
        JOIN receivables.application AS x ON x.company_id = q.company_id AND x.match_proposal_id = q.match_proposal_id
        JOIN receivables.item AS k ON k.company_id = x.company_id AND k.item_id = x.credit_item_id
        JOIN receivables.document AS t ON t.company_id = k.company_id AND t.document_id = k.document_id
        JOIN receivables.item AS n ON n.company_id = x.company_id AND n.item_id = x.debit_item_id
        JOIN receivables.document AS u ON u.company_id = n.company_id AND u.document_id = n.document_id
        CROSS JOIN LATERAL (
            SELECT x.application_id, x.effective_on, x.recorded_at, x.amount
            UNION ALL
            SELECT r.application_id, r.effective_on, r.recorded_at, r.amount
            FROM receivables.application AS r
            WHERE r.company_id = x.company_id AND r.reverses_application_id = x.application_id) AS y
        WHERE (t.bank_line_id IS DISTINCT FROM q.bank_line_id OR t.kind NOT IN ('payment', 'deposit'))
          AND (u.bank_line_id IS DISTINCT FROM q.bank_line_id OR u.kind <> 'refund')
          AND x.reverses_application_id IS NULL AND x.exchange_of_application_id IS NULL
          AND y.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR y.recorded_at <= ar.known_at())
    ) AS a ON a.company_id = b.company_id AND a.bank_line_id = b.bank_line_id
    JOIN receivables.item AS i ON i.company_id = b.company_id AND i.item_id = a.item_id
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
    JOIN receivables.document AS s ON s.company_id = b.company_id AND s.document_id = a.settled_by
    JOIN receivables.customer AS c ON c.company_id = i.company_id AND c.customer_id = i.customer_id
    LEFT JOIN receivables.match_proposal AS p ON p.company_id = b.company_id AND p.match_proposal_id = a.match_proposal_id;
    COMMENT ON VIEW receivables.bank_reconciliation_detail IS 'What each bank line settled up to ar.as_of(), application by application, with what was settled beside it: credit notes that were used, discounts, bank fees. An application that was undone stands with its reversal, a negative line.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.bank_line_id IS 'The bank line.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.bank_statement_id IS 'The statement it stands on.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.application_id IS 'The application.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.applied_on IS 'Date from which it counts.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.match_proposal_id IS 'The proposal it came from; null for one entered by hand.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.method IS 'Method of the rule that found it.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.is_automatic IS 'Whether ar.auto_apply applied it.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.settled_by_kind IS 'Kind of the document that settles: payment, or credit_note, write_off, adjustment.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.settled_by_number IS 'Number of that document.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.item_id IS 'The item that is settled.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.kind IS 'Kind of the document of that item.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.document_number IS 'Number of the document of that item.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.amount IS 'What is settled; negative for a reversal.';
    COMMENT ON COLUMN receivables.bank_reconciliation_detail.applied_amount IS 'What of it is money of the bank line, with the sign of the line; 0 for what was settled beside it.';

    CREATE OR REPLACE VIEW receivables.bank_reconciliation WITH (security_invoker = true) AS
    SELECT b.company_id, CASE WHEN r.unexplained_amount <> 0 THEN 1 WHEN u.unapplied_amount <> 0 THEN 2 ELSE 3 END AS priority,
           b.bank_line_id, b.bank_statement_id, s.account, s.statement_number, b.line_number, b.booked_on, b.value_on,
           b.currency, b.payer_name, b.remittance_text,
           CASE WHEN b.duplicate_of_bank_line_id IS NOT NULL THEN 'duplicate'
                WHEN b.ignored_reason IS NOT NULL THEN 'ignored'
                WHEN u.posted_amount = 0 THEN 'open'
                WHEN u.posted_amount <> b.amount THEN 'partly posted'
                WHEN u.unapplied_amount <> 0 THEN 'unapplied'
                ELSE 'applied' END AS status,
           b.amount, u.posted_amount, u.unapplied_amount, t.applied_amount, r.set_aside_amount, r.unexplained_amount,
           u.posted_numbers, t.customer_numbers, t.item_count, t.items, q.match_proposal_id, q.score, q.reasons, ar.as_of() AS as_of
    FROM receivables.bank_line AS b
    JOIN receivables.bank_statement AS s ON s.company_id = b.company_id AND s.bank_statement_id = b.bank_statement_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE WHEN d.kind = 'refund' THEN -d.amount ELSE d.amount END)
                        FILTER (WHERE x.document_id IS NULL), 0) AS posted_amount,
               coalesce(-sum(o.open_amount), 0) AS unapplied_amount,
               string_agg(d.document_number, ', ' ORDER BY d.document_id) FILTER (WHERE x.document_id IS NULL) AS posted_numbers
        FROM receivables.document AS d
        LEFT JOIN receivables.document AS x
            ON x.company_id = d.company_id AND x.reverses_document_id = d.document_id AND x.document_date <= ar.as_of()
               AND (ar.known_at() IS NULL OR x.recorded_at <= ar.known_at())
        LEFT JOIN ar.open_items() AS o ON o.company_id = d.company_id AND o.document_id = d.document_id
        WHERE d.company_id = b.company_id AND d.bank_line_id = b.bank_line_id AND d.reverses_document_id IS NULL
          AND d.kind IN ('payment', 'deposit', 'refund') AND d.document_date <= ar.as_of()
          AND (ar.known_at() IS NULL OR d.recorded_at <= ar.known_at())) AS u
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(i.applied_amount), 0) AS applied_amount, count(*) FILTER (WHERE i.amount <> 0) AS item_count,
               string_agg(i.document_number || ' ' || i.amount, ', ' ORDER BY i.item_id) FILTER (WHERE i.amount <> 0) AS items,
               string_agg(DISTINCT i.customer_number, ', ') FILTER (WHERE i.amount <> 0) AS customer_numbers
        FROM (SELECT e.item_id, e.document_number, e.customer_number, sum(e.amount) AS amount, sum(e.applied_amount) AS applied_amount
              FROM receivables.bank_reconciliation_detail AS e
              WHERE e.company_id = b.company_id AND e.bank_line_id = b.bank_line_id
              GROUP BY e.item_id, e.document_number, e.customer_number) AS i) AS t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN b.ignored_reason IS NULL AND b.duplicate_of_bank_line_id IS NULL THEN 0 ELSE b.amount END AS set_aside_amount) AS z
    CROSS JOIN LATERAL (
        SELECT z.set_aside_amount, b.amount - z.set_aside_amount - t.applied_amount - u.unapplied_amount AS unexplained_amount) AS r
    LEFT JOIN receivables.match_proposal AS q
        ON q.company_id = b.company_id AND q.bank_line_id = b.bank_line_id AND q.status = 'open' AND q.rank = 1
    WHERE b.booked_on <= ar.as_of() AND (ar.known_at() IS NULL OR b.recorded_at <= ar.known_at());
    COMMENT ON VIEW receivables.bank_reconciliation IS 'Every bank line booked by ar.as_of() and what became of it by then: amount = applied_amount + unapplied_amount + set_aside_amount + unexplained_amount. ORDER BY priority, booked_on puts on top what is to be looked at.';
    COMMENT ON COLUMN receivables.bank_reconciliation.priority IS '1 where something of the line is unexplained, 2 where money of it is unapplied, 3 for the rest.';
    COMMENT ON COLUMN receivables.bank_reconciliation.bank_line_id IS 'The bank line.';
    COMMENT ON COLUMN receivables.bank_reconciliation.bank_statement_id IS 'The statement it stands on.';
    COMMENT ON COLUMN receivables.bank_reconciliation.account IS 'Account of the company at the bank.';
    COMMENT ON COLUMN receivables.bank_reconciliation.statement_number IS 'Number of the statement.';
    COMMENT ON COLUMN receivables.bank_reconciliation.line_number IS 'Place of the line on the statement.';
    COMMENT ON COLUMN receivables.bank_reconciliation.booked_on IS 'Date the bank booked it.';
    COMMENT ON COLUMN receivables.bank_reconciliation.value_on IS 'Value date.';
    COMMENT ON COLUMN receivables.bank_reconciliation.payer_name IS 'Name of the payer, or of who was paid.';
    COMMENT ON COLUMN receivables.bank_reconciliation.remittance_text IS 'What the payer wrote.';
    COMMENT ON COLUMN receivables.bank_reconciliation.status IS 'open: not posted; partly posted; unapplied: posted, but something of it is open; applied: all of it settles items; ignored; duplicate.';
    COMMENT ON COLUMN receivables.bank_reconciliation.amount IS 'Amount of the line: positive for money in, negative for money out.';
    COMMENT ON COLUMN receivables.bank_reconciliation.posted_amount IS 'What of it is in the books as payments and deposits, less refunds, without what was reversed.';
    COMMENT ON COLUMN receivables.bank_reconciliation.unapplied_amount IS 'What of that settles nothing yet.';
    COMMENT ON COLUMN receivables.bank_reconciliation.applied_amount IS 'What of that settles items.';
    COMMENT ON COLUMN receivables.bank_reconciliation.set_aside_amount IS 'The amount of a line that is ignored or a duplicate, else 0.';
    COMMENT ON COLUMN receivables.bank_reconciliation.unexplained_amount IS 'What of the line is neither in the books nor set aside; for a line set aside, what of it was posted all the same, negated.';
    COMMENT ON COLUMN receivables.bank_reconciliation.posted_numbers IS 'Numbers of the documents it was posted as.';
    COMMENT ON COLUMN receivables.bank_reconciliation.customer_numbers IS 'Customers whose items it settles.';
    COMMENT ON COLUMN receivables.bank_reconciliation.item_count IS 'Items it settles.';
    COMMENT ON COLUMN receivables.bank_reconciliation.items IS 'Those items: number of the document and what of it was settled, with credit notes, discounts and fees.';
    COMMENT ON COLUMN receivables.bank_reconciliation.match_proposal_id IS 'The first proposal for it that waits for a decision.';
    COMMENT ON COLUMN receivables.bank_reconciliation.score IS 'Score of that proposal, 0 to 1.';
    COMMENT ON COLUMN receivables.bank_reconciliation.reasons IS 'Reasons of that proposal.';

    CREATE OR REPLACE VIEW receivables.bank_statement_check WITH (security_invoker = true) AS
    SELECT s.company_id, s.bank_statement_id, s.account, s.currency, s.statement_number, s.opening_on, s.closing_on,
           s.opening_balance, l.line_count, l.line_amount, s.closing_balance,
           s.closing_balance - s.opening_balance - l.line_amount AS line_difference,
           lag(s.bank_statement_id) OVER in_order AS previous_bank_statement_id,
           lag(s.closing_balance) OVER in_order AS previous_closing_balance,
           s.opening_balance - lag(s.closing_balance) OVER in_order AS opening_difference,
           ar.as_of() AS as_of
    FROM receivables.bank_statement AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS line_count, coalesce(sum(b.amount), 0) AS line_amount
        FROM receivables.bank_line AS b
        WHERE b.company_id = s.company_id AND b.bank_statement_id = s.bank_statement_id) AS l
    WHERE num_nonnulls(s.opening_balance, s.closing_balance) > 0
      AND coalesce(s.closing_on, s.opening_on, '-infinity') <= ar.as_of()
      AND (ar.known_at() IS NULL OR s.recorded_at <= ar.known_at())
    WINDOW in_order AS (PARTITION BY s.company_id, s.account, s.currency
                        ORDER BY coalesce(s.closing_on, s.opening_on), s.bank_statement_id);
    COMMENT ON VIEW receivables.bank_statement_check IS 'Whether statements hang together, by account in the order of their days up to ar.as_of(): the lines explain the balances of each, and each opens with the balance the one before closed with. Statements without balances are left out.';
    COMMENT ON COLUMN receivables.bank_statement_check.bank_statement_id IS 'The statement.';
    COMMENT ON COLUMN receivables.bank_statement_check.account IS 'Account of the company at the bank.';
    COMMENT ON COLUMN receivables.bank_statement_check.currency IS 'Currency of the account.';
    COMMENT ON COLUMN receivables.bank_statement_check.statement_number IS 'Number of the statement.';
    COMMENT ON COLUMN receivables.bank_statement_check.opening_on IS 'Date of its opening balance.';
    COMMENT ON COLUMN receivables.bank_statement_check.closing_on IS 'Date of its closing balance.';
    COMMENT ON COLUMN receivables.bank_statement_check.opening_balance IS 'Its opening balance.';
    COMMENT ON COLUMN receivables.bank_statement_check.line_count IS 'Lines on it.';
    COMMENT ON COLUMN receivables.bank_statement_check.line_amount IS 'Sum of its lines.';
    COMMENT ON COLUMN receivables.bank_statement_check.closing_balance IS 'Its closing balance.';
    COMMENT ON COLUMN receivables.bank_statement_check.line_difference IS 'closing_balance - opening_balance - line_amount: 0 for a statement that is complete.';
    COMMENT ON COLUMN receivables.bank_statement_check.previous_bank_statement_id IS 'The statement before; null for the first.';
    COMMENT ON COLUMN receivables.bank_statement_check.previous_closing_balance IS 'The balance that one closed with.';
    COMMENT ON COLUMN receivables.bank_statement_check.opening_difference IS 'opening_balance - previous_closing_balance: not 0 where a statement is missing between the two.';

    CREATE OR REPLACE VIEW receivables.unapplied_cash WITH (security_invoker = true) AS
    SELECT o.company_id, o.item_id, o.customer_id, c.customer_number, c.name AS customer_name, o.kind, d.document_number,
           o.effective_on, ar.as_of() - o.effective_on AS days_unapplied, o.currency, -o.amount AS amount,
           -o.open_amount AS unapplied_amount, -o.open_company_amount AS unapplied_company_amount,
           -- A decision left it for later invoices.
           EXISTS (SELECT FROM receivables.match_proposal_line AS l
                   JOIN receivables.match_proposal AS p ON p.company_id = l.company_id AND p.match_proposal_id = l.match_proposal_id
                   WHERE l.company_id = d.company_id AND l.match_proposal_id = d.match_proposal_id AND l.purpose = 'on_account'
                     AND p.status IN ('accepted', 'applied_automatically')) AS is_on_account,
           d.bank_line_id, b.payer_name, b.remittance_text, d.reference, ar.as_of() AS as_of
    FROM ar.open_items() AS o
    JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id
    JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id
    LEFT JOIN receivables.bank_line AS b ON b.company_id = d.company_id AND b.bank_line_id = d.bank_line_id
    WHERE o.kind IN ('payment', 'deposit') AND NOT o.is_debit;
    COMMENT ON VIEW receivables.unapplied_cash IS 'Payments and deposits that were not wholly applied by ar.as_of().';
    COMMENT ON COLUMN receivables.unapplied_cash.days_unapplied IS 'Days since it was received.';
    COMMENT ON COLUMN receivables.unapplied_cash.amount IS 'Amount of the payment, positive.';
    COMMENT ON COLUMN receivables.unapplied_cash.unapplied_amount IS 'What of it is unapplied, positive.';
    COMMENT ON COLUMN receivables.unapplied_cash.unapplied_company_amount IS 'The same in the currency of the company.';
    COMMENT ON COLUMN receivables.unapplied_cash.is_on_account IS 'Whether it was left on account by a decision, for later invoices.';
    COMMENT ON COLUMN receivables.unapplied_cash.bank_line_id IS 'The bank line it came with.';
    COMMENT ON COLUMN receivables.unapplied_cash.payer_name IS 'Name of the payer on that line.';
    COMMENT ON COLUMN receivables.unapplied_cash.remittance_text IS 'What the payer wrote.';

    CREATE OR REPLACE VIEW receivables.deduction_status WITH (security_invoker = true) AS
    SELECT o.company_id, o.item_id, o.customer_id, c.customer_number, c.name AS customer_name, d.document_number,
           n.source_item_id, sd.document_number AS source_document_number, o.effective_on, ar.as_of() - o.effective_on AS days_open,
           o.currency, o.amount, o.open_amount, o.open_company_amount, n.reason_code, rc.name AS reason_name, n.note,
           n.assigned_to, n.match_proposal_id, ar.as_of() AS as_of
    FROM receivables.deduction AS n
    JOIN ar.open_items() AS o ON o.company_id = n.company_id AND o.item_id = n.item_id
    JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id
    JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id
    JOIN receivables.item AS si ON si.company_id = n.company_id AND si.item_id = n.source_item_id
    JOIN receivables.document AS sd ON sd.company_id = si.company_id AND sd.document_id = si.document_id
    LEFT JOIN receivables.reason_code AS rc ON rc.company_id = n.company_id AND rc.reason_code = n.reason_code;
    COMMENT ON VIEW receivables.deduction_status IS 'Deductions and short payments that were open at ar.as_of(), and who clears them.';
    COMMENT ON COLUMN receivables.deduction_status.source_item_id IS 'The item it was kept back from.';
    COMMENT ON COLUMN receivables.deduction_status.source_document_number IS 'Number of the document of that item.';
    COMMENT ON COLUMN receivables.deduction_status.days_open IS 'Days since it was kept back.';
    COMMENT ON COLUMN receivables.deduction_status.reason_code IS 'Its reason.';
    COMMENT ON COLUMN receivables.deduction_status.reason_name IS 'Name of the reason.';
    COMMENT ON COLUMN receivables.deduction_status.note IS 'What the payer says.';
    COMMENT ON COLUMN receivables.deduction_status.assigned_to IS 'Who clears it.';
    COMMENT ON COLUMN receivables.deduction_status.match_proposal_id IS 'The match it came with; null for one entered by hand.';

    -- Rates of what was received in a month: payments that were posted by hand count as well.
    CREATE OR REPLACE VIEW receivables.match_statistics WITH (security_invoker = true) AS
    SELECT r.company_id, r.month, r.payment_count, r.straight_through_count,
           round(r.straight_through_count::numeric / nullif(r.payment_count, 0), 6) AS straight_through_rate,
           r.application_count, r.automatic_application_count,
           round(r.automatic_application_count::numeric / nullif(r.application_count, 0), 6) AS automatic_application_rate,
           r.decided_count, r.accepted_count,
           round(r.accepted_count::numeric / nullif(r.decided_count, 0), 6) AS acceptance_rate,
           r.automatic_count, r.wrong_count,
           round(r.wrong_count::numeric / nullif(r.automatic_count, 0), 6) AS wrong_application_rate,
           ar.as_of() AS as_of
    FROM (
        SELECT x.company_id, date_trunc('month', x.received_on::timestamp)::date AS month,
               sum(x.payments)::bigint AS payment_count, sum(x.straight_through)::bigint AS straight_through_count,
               sum(x.applications)::bigint AS application_count, sum(x.automatic_applications)::bigint AS automatic_application_count,
               sum(x.decided)::bigint AS decided_count, sum(x.accepted)::bigint AS accepted_count,
               sum(x.automatic)::bigint AS automatic_count, sum(x.wrong)::bigint AS wrong_count
        FROM (
            -- bank lines that are for the books
            SELECT b.company_id, b.booked_on AS received_on, 1 AS payments, 0 AS straight_through, 0 AS applications,
                   0 AS automatic_applications, 0 AS decided, 0 AS accepted, 0 AS automatic, 0 AS wrong
            FROM receivables.bank_line AS b
            WHERE b.ignored_reason IS NULL AND b.duplicate_of_bank_line_id IS NULL AND b.amount <> 0
              AND (ar.known_at() IS NULL OR b.recorded_at <= ar.known_at())
            UNION ALL
            -- payments that came without one
            SELECT d.company_id, d.document_date, 1, 0, 0, 0, 0, 0, 0, 0
            FROM receivables.document AS d
            WHERE d.kind IN ('payment', 'deposit') AND d.bank_line_id IS NULL AND d.reverses_document_id IS NULL
              AND NOT EXISTS (SELECT FROM receivables.document AS v
                              WHERE v.company_id = d.company_id AND v.reverses_document_id = d.document_id
                                AND v.document_date <= ar.as_of() AND (ar.known_at() IS NULL OR v.recorded_at <= ar.known_at()))
              AND (ar.known_at() IS NULL OR d.recorded_at <= ar.known_at())
            UNION ALL
            -- what they settle and stands
            SELECT m.company_id, coalesce(b.booked_on, d.document_date), 0, 0, 1, coalesce(p.is_automatic, false)::integer, 0, 0, 0, 0
            FROM receivables.application AS a
            JOIN receivables.item AS m
                ON m.company_id = a.company_id AND m.item_id = a.credit_item_id AND m.kind IN ('payment', 'deposit') AND m.reverses_item_id IS NULL
            JOIN receivables.document AS d ON d.company_id = m.company_id AND d.document_id = m.document_id
            JOIN receivables.item AS o ON o.company_id = a.company_id AND o.item_id = a.debit_item_id
            LEFT JOIN receivables.bank_line AS b ON b.company_id = d.company_id AND b.bank_line_id = d.bank_line_id
            LEFT JOIN receivables.match_proposal AS p ON p.company_id = a.company_id AND p.match_proposal_id = a.match_proposal_id
            LEFT JOIN receivables.application AS v
                ON v.company_id = a.company_id AND v.reverses_application_id = a.application_id
                   AND v.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR v.recorded_at <= ar.known_at())
            WHERE a.reverses_application_id IS NULL AND a.exchange_of_application_id IS NULL AND v.application_id IS NULL
              AND o.reverses_item_id IS DISTINCT FROM m.item_id
              AND a.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR a.recorded_at <= ar.known_at())
            UNION ALL
            SELECT m.company_id, coalesce(b.booked_on, d.document_date), 0, 0, 1, coalesce(p.is_automatic, false)::integer, 0, 0, 0, 0
            FROM receivables.application AS a
            JOIN receivables.item AS m
                ON m.company_id = a.company_id AND m.item_id = a.debit_item_id AND m.kind = 'refund' AND m.reverses_item_id IS NULL
            JOIN receivables.document AS d ON d.company_id = m.company_id AND d.document_id = m.document_id AND d.bank_line_id IS NOT NULL
            JOIN receivables.item AS o ON o.company_id = a.company_id AND o.item_id = a.credit_item_id
            LEFT JOIN receivables.bank_line AS b ON b.company_id = d.company_id AND b.bank_line_id = d.bank_line_id
            LEFT JOIN receivables.match_proposal AS p ON p.company_id = a.company_id AND p.match_proposal_id = a.match_proposal_id
            LEFT JOIN receivables.application AS v
                ON v.company_id = a.company_id AND v.reverses_application_id = a.application_id
                   AND v.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR v.recorded_at <= ar.known_at())
            WHERE a.reverses_application_id IS NULL AND a.exchange_of_application_id IS NULL AND v.application_id IS NULL
              AND o.reverses_item_id IS DISTINCT FROM m.item_id
              AND a.effective_on <= ar.as_of() AND (ar.known_at() IS NULL OR a.recorded_at <= ar.known_at())
            UNION ALL
            -- how proposals were decided
            SELECT p.company_id, coalesce(b.booked_on, i.effective_on), 0,
                   (p.is_automatic AND NOT k.undone AND p.remainder = 0
                    AND p.amount = CASE WHEN p.bank_line_id IS NULL THEN -i.amount ELSE b.amount END)::integer, 0, 0,
                   (p.rank = 1 AND p.method <> 'manual' AND NOT p.is_automatic
                    AND (p.status <> 'superseded' OR o.match_proposal_id IS NOT NULL))::integer,
                   (p.rank = 1 AND p.method <> 'manual' AND NOT p.is_automatic AND p.status IN ('accepted', 'undone'))::integer,
                   p.is_automatic::integer, (p.is_automatic AND k.undone)::integer
            FROM receivables.match_proposal AS p
            LEFT JOIN receivables.item AS i ON i.company_id = p.company_id AND i.item_id = p.credit_item_id
            LEFT JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id
            LEFT JOIN receivables.bank_line AS b
                ON b.company_id = p.company_id AND b.bank_line_id = coalesce(p.bank_line_id, d.bank_line_id)
            -- Applications or their payment may have been reversed without ar.undo_match.
            LEFT JOIN (SELECT DISTINCT v.company_id, a.match_proposal_id
                       FROM receivables.application AS v
                       JOIN receivables.application AS a ON a.company_id = v.company_id AND a.application_id = v.reverses_application_id
                       WHERE v.reverses_application_id IS NOT NULL AND v.effective_on <= ar.as_of()
                         AND (ar.known_at() IS NULL OR v.recorded_at <= ar.known_at())) AS w
                ON w.company_id = p.company_id AND w.match_proposal_id = p.match_proposal_id
            -- What stood when somebody decided otherwise: by hand, or for one that competed with it.
            LEFT JOIN (SELECT DISTINCT d.company_id, t.match_proposal_id
                       FROM receivables.match_proposal AS d
                       CROSS JOIN LATERAL (SELECT max(t.match_proposal_id) AS match_proposal_id
                                           -- Looked up by the money, not from the last one back.
                                           FROM (SELECT t.match_proposal_id FROM receivables.match_proposal AS t
                                                 WHERE t.company_id = d.company_id AND t.status <> 'open'
                                                   AND (t.bank_line_id = d.bank_line_id OR t.credit_item_id = d.credit_item_id)
                                                   AND t.rank = 1 AND t.method IS DISTINCT FROM 'manual'
                                                   AND t.match_proposal_id < d.match_proposal_id OFFSET 0) AS t) AS t
                       WHERE (d.method = 'manual' OR d.rank > 1) AND d.status IN ('accepted', 'undone')
                         AND (ar.known_at() IS NULL OR d.decided_at <= ar.known_at())) AS o
                ON o.company_id = p.company_id AND o.match_proposal_id = p.match_proposal_id
            CROSS JOIN LATERAL (
                SELECT w.match_proposal_id IS NOT NULL
                       OR p.undone_at IS NOT NULL AND (ar.known_at() IS NULL OR p.undone_at <= ar.known_at()) AS undone) AS k
            WHERE p.decided_at IS NOT NULL AND (ar.known_at() IS NULL OR p.decided_at <= ar.known_at())) AS x
        WHERE x.received_on <= ar.as_of()
        GROUP BY 1, 2) AS r;
    COMMENT ON VIEW receivables.match_statistics IS 'How well payments find their invoices, by company and month in which they were received, up to ar.as_of(): rates to six decimals, null where there is nothing to divide by.';
    COMMENT ON COLUMN receivables.match_statistics.month IS 'First day of the month in which the payments were received: booked by the bank, or entered without a bank line.';
    COMMENT ON COLUMN receivables.match_statistics.payment_count IS 'Payments received: bank lines that are neither ignored nor duplicates, and payments and deposits without a bank line.';
    COMMENT ON COLUMN receivables.match_statistics.straight_through_count IS 'Those that ar.auto_apply settled wholly, so that nobody had to touch them, and of which nothing was undone or reversed.';
    COMMENT ON COLUMN receivables.match_statistics.straight_through_rate IS 'straight_through_count / payment_count: straight-through rate by payment.';
    COMMENT ON COLUMN receivables.match_statistics.application_count IS 'Applications of those payments that stand.';
    COMMENT ON COLUMN receivables.match_statistics.automatic_application_count IS 'Those of them that ar.auto_apply made.';
    COMMENT ON COLUMN receivables.match_statistics.automatic_application_rate IS 'automatic_application_count / application_count: straight-through rate by line.';
    COMMENT ON COLUMN receivables.match_statistics.decided_count IS 'First proposals of a rule that somebody decided about: accepted, rejected, or passed over by ar.apply_manual or for another that competed. Those of ar.auto_apply, and those that say that nothing was found, do not count.';
    COMMENT ON COLUMN receivables.match_statistics.accepted_count IS 'Those of them that somebody accepted, also where that was undone later.';
    COMMENT ON COLUMN receivables.match_statistics.acceptance_rate IS 'accepted_count / decided_count.';
    COMMENT ON COLUMN receivables.match_statistics.automatic_count IS 'Proposals that ar.auto_apply settled.';
    COMMENT ON COLUMN receivables.match_statistics.wrong_count IS 'Those of them that were undone later, or of which an application or the payment was reversed, each counted once.';
    COMMENT ON COLUMN receivables.match_statistics.wrong_application_rate IS 'wrong_count / automatic_count: wrong applications.';
