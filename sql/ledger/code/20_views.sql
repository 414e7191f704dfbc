
    -- documents, one kind each
    DECLARE
        document record;
    BEGIN
        FOR document IN
            SELECT k.kind, replace(k.kind, '_', ' ') AS noun,
                   k.kind IN ('invoice', 'opening_balance') AS has_due_date
            FROM unnest(ar.document_kinds() || '{transfer_in,transfer_out}'::text[]) AS k (kind)
        LOOP
            EXECUTE replace(replace($view$
                CREATE OR REPLACE VIEW receivables.KIND WITH (security_invoker = true) AS
                SELECT d.company_id, d.document_id, d.document_number AS KIND_number, d.customer_id,
                       d.document_date AS KIND_date, DUE_DATE d.currency, d.amount, d.company_amount, d.exchange_rate,
                       i.item_count, i.item_id, d.tax_amount, d.payment_term, d.contract_id, d.order_reference,
                       d.source_document_id, d.reference, d.reason, d.warnings, d.attributes,
                       r.document_date AS reversed_on, d.recorded_at, d.recorded_by, d.application_user
                FROM receivables.document AS d
                CROSS JOIN LATERAL (
                    SELECT count(*) AS item_count, max(x.due_on) AS due_on,
                           CASE WHEN count(*) = 1 THEN max(x.item_id) END AS item_id
                    FROM receivables.item AS x
                    WHERE x.company_id = d.company_id AND x.document_id = d.document_id) AS i
                LEFT JOIN receivables.document AS r
                    ON r.company_id = d.company_id AND r.reverses_document_id = d.document_id
                       AND (ar.known_at() IS NULL OR r.recorded_at <= ar.known_at())
                WHERE d.kind = 'KIND' AND d.reverses_document_id IS NULL
                  AND (ar.known_at() IS NULL OR d.recorded_at <= ar.known_at())
                $view$, 'KIND', document.kind), 'DUE_DATE', CASE WHEN document.has_due_date THEN 'i.due_on AS due_date,' ELSE '' END);
            EXECUTE format('COMMENT ON VIEW receivables.%I IS %L', document.kind,
                           format('Documents of kind %s of every date, as far as entered by ar.known_at(), reversed ones too; a reversal shows as reversed_on.', document.noun));
            EXECUTE format('COMMENT ON COLUMN receivables.%I.%I IS %L', document.kind, document.kind || '_number',
                           format('Number of the %s.', document.noun));
            EXECUTE format('COMMENT ON COLUMN receivables.%I.%I IS %L', document.kind, document.kind || '_date',
                           format('Date of the %s, from which it counts.', document.noun));
            EXECUTE format('COMMENT ON COLUMN receivables.%I.item_count IS %L', document.kind,
                           'Items it has posted: more than one for instalments.');
            EXECUTE format('COMMENT ON COLUMN receivables.%I.item_id IS %L', document.kind,
                           'The item it has posted; null where there are several.');
        END LOOP;
    END;

    -- what is open
    CREATE OR REPLACE VIEW receivables.open_item WITH (security_invoker = true) AS
    SELECT o.company_id, o.item_id, o.customer_id, c.customer_number, c.name AS customer_name,
           o.kind, d.document_number, o.instalment, o.effective_on, o.due_on,
           CASE WHEN o.is_debit THEN ar.as_of() - o.due_on END AS days_past_due,
           o.currency, o.amount, o.open_amount, o.company_amount, o.open_company_amount, d.reference, ar.as_of() AS as_of
    FROM ar.open_items() AS o
    JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id
    JOIN receivables.document AS d ON d.company_id = o.company_id AND d.document_id = o.document_id;
    COMMENT ON VIEW receivables.open_item IS 'Every item open at ar.as_of(): what is owed, and credits not applied yet.';
    COMMENT ON COLUMN receivables.open_item.days_past_due IS 'Days since the due date of a debit: positive when overdue, 0 on the day; null for a credit.';

    -- ageing: debits by days past due, credits apart, both together the balance
    CREATE OR REPLACE VIEW receivables.aging_by_customer WITH (security_invoker = true) AS
    SELECT c.company_id, c.customer_id, c.customer_number, c.name AS customer_name, c.grade,
           CASE WHEN ar.known_at() IS NULL THEN w.salesperson ELSE k.salesperson END AS salesperson,
           CASE WHEN ar.known_at() IS NULL THEN w.department ELSE k.department END AS department,
           CASE WHEN ar.known_at() IS NULL THEN w.region ELSE k.region END AS region, r.item_count,
           r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
           r.overdue, r.overdue_rate, r.average_days_past_due, a.aging, ar.as_of() AS as_of
    FROM receivables.company AS co
    JOIN receivables.currency AS u ON u.currency = co.currency
    -- Company by company: each is one stretch of the index of open items.
    CROSS JOIN LATERAL (
        SELECT o.customer_id,
               ar.aging_agg(o.open_company_amount, o.due_on, ar.as_of()) FILTER (WHERE o.is_debit) AS aging,
               sum(o.open_company_amount) FILTER (WHERE NOT o.is_debit) AS unapplied
        FROM ar.open_items() AS o
        WHERE o.company_id = co.company_id
        GROUP BY o.customer_id) AS a
    JOIN receivables.customer AS c ON c.company_id = co.company_id AND c.customer_id = a.customer_id
    -- One of the two falls away when planned.
    LEFT JOIN receivables.customer_owner AS w
        ON w.company_id = co.company_id AND w.customer_id = a.customer_id AND ar.known_at() IS NULL
           AND w.valid_from <= ar.as_of() AND w.valid_to > ar.as_of()
    LEFT JOIN ar.owner_periods() AS k
        ON k.company_id = co.company_id AND k.customer_id = a.customer_id AND ar.known_at() IS NOT NULL
           AND k.valid_from <= ar.as_of() AND k.valid_to > ar.as_of()
    CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r;
    COMMENT ON VIEW receivables.aging_by_customer IS 'Ageing of every customer with open items at ar.as_of(), with its owner on that day.';

    -- The same by each column of customer that groups customers.
    DECLARE
        dimension record;
    BEGIN
        FOR dimension IN
            SELECT * FROM (VALUES
                ('salesperson', 'by the salesperson responsible for the customer on that day'),
                ('department', 'by the department responsible for the customer on that day'),
                ('region', 'by the region of the customer on that day')) AS d (name, description)
        LOOP
            EXECUTE replace($view$
                CREATE OR REPLACE VIEW receivables.aging_by_DIMENSION WITH (security_invoker = true) AS
                SELECT a.company_id, a.DIMENSION, a.customer_count, r.item_count,
                       r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
                       r.overdue, r.overdue_rate, r.average_days_past_due, a.aging, ar.as_of() AS as_of
                FROM (SELECT c.company_id, c.DIMENSION, count(*) AS customer_count, ar.aging_agg(c.aging) AS aging,
                             sum(c.unapplied_amount) AS unapplied
                      FROM receivables.aging_by_customer AS c GROUP BY c.company_id, c.DIMENSION) AS a
                JOIN receivables.company AS co ON co.company_id = a.company_id
                JOIN receivables.currency AS u ON u.currency = co.currency
                CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r
                $view$, 'DIMENSION', dimension.name);
            EXECUTE format('COMMENT ON VIEW receivables.%I IS %L', 'aging_by_' || dimension.name,
                           format('Ageing at ar.as_of() %s.', dimension.description));
        END LOOP;
    END;

    CREATE OR REPLACE VIEW receivables.aging_summary WITH (security_invoker = true) AS
    SELECT co.company_id, co.company_code, co.name AS company_name, co.currency,
           coalesce(a.customer_count, 0) AS customer_count, r.item_count,
           r.not_due, r.days_1_30, r.days_31_60, r.days_61_90, r.days_over_90, r.unapplied_amount, r.balance,
           r.overdue, r.overdue_rate, r.average_days_past_due, a.aging, ar.as_of() AS as_of
    FROM receivables.company AS co
    JOIN receivables.currency AS u ON u.currency = co.currency
    LEFT JOIN (SELECT c.company_id, count(*) AS customer_count, ar.aging_agg(c.aging) AS aging,
                      sum(c.unapplied_amount) AS unapplied
               FROM receivables.aging_by_customer AS c GROUP BY c.company_id) AS a
           ON a.company_id = co.company_id
    CROSS JOIN LATERAL ar.aging_row(a.aging, a.unapplied, u.minor_units) AS r;
    COMMENT ON VIEW receivables.aging_summary IS 'Ageing of every company at ar.as_of(), one line each.';

    CREATE OR REPLACE VIEW receivables.customer_ranking WITH (security_invoker = true) AS
    SELECT c.company_id, rank() OVER by_balance AS rank, c.customer_id, c.customer_number, c.customer_name,
           c.grade, c.salesperson, c.balance, c.overdue,
           CASE WHEN c.balance > 0 THEN round(c.balance / sum(c.balance) FILTER (WHERE c.balance > 0)
                OVER (PARTITION BY c.company_id), 6) END AS share,
           CASE WHEN c.balance > 0 THEN round(sum(c.balance) OVER by_balance / sum(c.balance) FILTER (WHERE c.balance > 0)
                OVER (PARTITION BY c.company_id), 6) END AS cumulative_share,
           c.not_due, c.days_1_30, c.days_31_60, c.days_61_90, c.days_over_90, c.unapplied_amount, c.as_of
    FROM receivables.aging_by_customer AS c
    WINDOW by_balance AS (PARTITION BY c.company_id ORDER BY c.balance DESC);
    COMMENT ON VIEW receivables.customer_ranking IS 'Customers of a company by balance at ar.as_of(), the largest debtor first.';
    COMMENT ON COLUMN receivables.customer_ranking.rank IS 'Rank by balance within the company; equal balances share one.';
    COMMENT ON COLUMN receivables.customer_ranking.share IS 'Balance / sum of all positive balances of the company, to six decimals; null for a balance that is not positive.';
    COMMENT ON COLUMN receivables.customer_ranking.cumulative_share IS 'Share of this customer and all that rank before or beside it.';

    -- how fast money comes in
    CREATE OR REPLACE VIEW receivables.dso WITH (security_invoker = true) AS
    SELECT a.company_id, a.company_code, a.currency, 90 AS period_days, a.balance AS receivables, a.overdue,
           s.credit_sales,
           round(ar.dso(a.balance, s.credit_sales, 90), 2) AS standard_dso,
           round(ar.best_possible_dso(a.balance - a.overdue, s.credit_sales, 90), 2) AS best_possible_dso,
           round(ar.average_days_delinquent(a.overdue, s.credit_sales, 90), 2) AS average_days_delinquent,
           round(b.dso, 2) AS countback_dso, b.truncated AS countback_truncated, a.as_of
    FROM receivables.aging_summary AS a
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE d.kind WHEN 'invoice' THEN d.company_amount ELSE -d.company_amount END), 0) AS credit_sales
        FROM receivables.document AS d
        WHERE d.company_id = a.company_id AND d.kind IN ('invoice', 'credit_note')
          AND d.document_date > a.as_of - 90 AND d.document_date <= a.as_of
          AND (ar.known_at() IS NULL OR d.recorded_at <= ar.known_at())) AS s
    CROSS JOIN LATERAL (
        -- By calendar month from the as-of month back, that one as far as it has elapsed.
        SELECT ar.dso_countback(a.balance, array_agg(m.sales ORDER BY m.month DESC),
                                array_agg(m.days ORDER BY m.month DESC)) AS countback
        FROM (SELECT g.month, coalesce(x.sales, 0) AS sales,
                     least(a.as_of, (g.month + interval '1 month')::date - 1) - g.month::date + 1 AS days
              FROM generate_series(date_trunc('month', a.as_of::timestamp) - interval '35 months',
                                   date_trunc('month', a.as_of::timestamp), interval '1 month') AS g (month)
              LEFT JOIN (SELECT date_trunc('month', d.document_date::timestamp) AS month,
                                sum(CASE d.kind WHEN 'invoice' THEN d.company_amount ELSE -d.company_amount END) AS sales
                         FROM receivables.document AS d
                         WHERE d.company_id = a.company_id AND d.kind IN ('invoice', 'credit_note')
                           AND d.document_date >= (date_trunc('month', a.as_of::timestamp) - interval '35 months')::date
                           AND d.document_date <= a.as_of
                           AND (ar.known_at() IS NULL OR d.recorded_at <= ar.known_at())
                         GROUP BY 1) AS x ON x.month = g.month) AS m) AS m
    CROSS JOIN LATERAL (SELECT (m.countback).dso, (m.countback).truncated) AS b;
    COMMENT ON VIEW receivables.dso IS 'Days sales outstanding of every company at ar.as_of(), each variant by its name, in days to two decimals. Credit sales are invoices less credit notes, tax included.';
    COMMENT ON COLUMN receivables.dso.period_days IS 'Days of the period that credit sales are taken from; it ends with the as-of date.';
    COMMENT ON COLUMN receivables.dso.receivables IS 'Balance at the end: open debits less unapplied credits.';
    COMMENT ON COLUMN receivables.dso.credit_sales IS 'Invoices less credit notes of the period, by document date.';
    COMMENT ON COLUMN receivables.dso.standard_dso IS 'receivables / credit_sales x period_days; null where credit sales are not positive.';
    COMMENT ON COLUMN receivables.dso.best_possible_dso IS 'The same of the receivables that are not overdue.';
    COMMENT ON COLUMN receivables.dso.average_days_delinquent IS 'The same of the overdue receivables: standard less best possible.';
    COMMENT ON COLUMN receivables.dso.countback_dso IS 'Days of sales, from the as-of month back, that the receivables exhaust.';
    COMMENT ON COLUMN receivables.dso.countback_truncated IS 'True where the sales of 36 months do not exhaust the receivables.';
