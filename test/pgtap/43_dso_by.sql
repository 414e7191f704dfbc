-- Days sales outstanding of the books by company and dimension, month by month, and how customers pay:
-- the worked example, its edges, and a random book against plain SQL.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('F', 'Fixture', 'EUR') AS f \gset
SELECT ar.create_company('N', 'Nothing', 'EUR') AS n \gset
INSERT INTO receivables.customer (company_id, customer_number, name, salesperson) SELECT :f, 'C', 'Customer', 'Ann';
INSERT INTO receivables.customer (company_id, customer_number, name) SELECT :f, 'D', 'Other';
CREATE FUNCTION pg_temp.sell(company bigint, number text, on_date date, due date, amount numeric, paid numeric, customer text DEFAULT 'C')
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ar.post_invoice(company, customer, number, on_date, due, amount);
    IF paid > 0 THEN
        PERFORM ar.post_payment(company, customer, 'P' || number, greatest(on_date, '2025-03-15'), paid,
                                jsonb_build_array(jsonb_build_object('invoice_number', number, 'amount', paid)));
    END IF;
END;
$$;

-- Sales Jan 310, Feb 280, Mar 400, year 4,200; receivables 610 on 1 January and 650 on 31 March, of which 480 not due;
-- open of March 300 (age 10), February 200 (age 40), January 150 (age 75). What was open on 1 January was paid on 15 March.
SELECT concat(pg_temp.sell(:f, '0', '2024-12-31', '2025-01-30', 610, 610), pg_temp.sell(:f, '00', '2024-05-10', '2024-05-10', 2600, 0),
              ar.post_payment(:f, 'C', 'P00', '2024-06-09', 2600, '[{"invoice_number": "00", "amount": 2600}]'),
              pg_temp.sell(:f, '1', '2025-01-15', '2025-02-14', 310, 160), pg_temp.sell(:f, '2', '2025-02-19', '2025-04-05', 280, 80),
              pg_temp.sell(:f, '3', '2025-03-21', '2025-03-31', 400, 100)) AS posted \gset
-- 280 not due and 300 due on the day are 480 with 150 + 20 overdue in the example; here 200 + 300 are not due and 150 is overdue.
SELECT results_eq(format($$SELECT period_from, period_to, period_days, opening_receivables, receivables, overdue, credit_sales, standard_dso, rolling_dso, annualised_dso,
        trailing_year_dso, average_balance_dso, countback_month_dso, countback_month_truncated, sales_weighted_dso, true_dso,
        best_possible_dso, average_days_delinquent, receivables_turnover, turnover_days, collection_effectiveness FROM ar.dso_by(%s, as_of => '2025-03-31')$$, :f),
    $$VALUES (date '2025-01-01', date '2025-03-31', 90, 610.00, 650.00, 150.00, 990.00, 59.09, 59.09, 59.91,
        56.49, round(630/990.0*90, 2), 56.00, false, 58.25, 72.36,
        round(500/990.0*90, 2), round(150/990.0*90, 2), round(990/630.0, 6), round(630/990.0*90, 2), round(950/1100.0*100, 2))$$, 'the worked example: a quarter');
SELECT results_eq(format($$SELECT opening_receivables, credit_sales, standard_dso, rolling_dso FROM ar.dso_by(%s, from_date => '2025-03-01', as_of => '2025-03-31')$$, :f),
    $$VALUES (1200.00, 400.00, 50.38, 59.09)$$, 'the worked example: March');
SELECT results_eq(format($$SELECT opening_receivables, credit_sales, standard_dso, average_balance_dso, receivables_turnover, turnover_days
                           FROM ar.dso_by(%s, from_date => '2024-05-01', as_of => '2025-03-31')$$, :f),
    $$VALUES (0.00, 4200.00, round(650/4200.0*335, 2), round(325/4200.0*335, 2), round(4200/325.0, 6), round(325/4200.0*335, 2))$$, 'a longer period');
-- 31 March: 400 on 21 March, back from there: 10 days without sales, 1 with 400; then 29 to 19 February, 250 of 280 of that day.
SELECT results_eq(format($$SELECT countback_day_dso, countback_day_truncated FROM ar.dso_by(%s, as_of => '2025-03-31')$$, :f),
    $$VALUES (round(11 + 29 + 250/280.0, 2), false)$$, 'countback by day');
-- Paid in the quarter: 610 on 15 March, due 30 January of 31 December; 160, due 14 February; 80, due 5 April; 100 on 21 March, due 31 March.
SELECT results_eq(format($$SELECT weighted_days_to_pay, weighted_days_late, ar.item_count(behavior) FROM ar.dso_by(%s, as_of => '2025-03-31')$$, :f),
    $$VALUES (round((610*74 + 160*59 + 80*24)/950.0, 2), round((610*44 + 160*29 - 80*21 - 100*10)/950.0, 2), 4::bigint)$$, 'days to pay');

-- Month by month.
SELECT results_eq(format($$SELECT month, month_end, days, opening_receivables, receivables, overdue, credit_sales, standard_dso, rolling_dso, trailing_year_dso,
                                  countback_month_dso, countback_month_truncated FROM ar.dso_trend(%s, 4, '2025-03-31')$$, :f),
    $$VALUES (date '2024-12-01', date '2024-12-31', 31, 0.00, 610.00, 0.00, 610.00, 31.00, 92.00, round(610/3210.0*366, 2), 31.00, false),
             ('2025-01-01', '2025-01-31', 31, 610.00, 920.00, 610.00, 310.00, 92.00, 92.00, round(920/3520.0*366, 2), 62.00, false),
             ('2025-02-01', '2025-02-28', 28, 920.00, 1200.00, 920.00, 280.00, 120.00, 90.00, round(1200/3800.0*365, 2), 90.00, false),
             ('2025-03-01', '2025-03-31', 31, 1200.00, 650.00, 150.00, 400.00, 50.38, 59.09, 56.49, 56.00, false)$$, 'four months');
SELECT results_eq(format($$SELECT month, month_end, days, receivables, credit_sales, standard_dso FROM ar.dso_trend(%s, 2, '2025-04-10')$$, :f),
    $$VALUES (date '2025-03-01', date '2025-03-31', 31, 650.00, 400.00, 50.38), ('2025-04-01', '2025-04-10', 10, 650.00, 0.00, NULL)$$,
    'a month that has elapsed in part');
SELECT is(array_agg(days ORDER BY month), '{31,29,31,30,31,30,31,31,30,31,30,31}', 'months of 28 to 31 days') FROM ar.dso_trend(:f, 12, '2024-12-31');

-- Edges: no history, no sales, negative balance, another owner.
SELECT results_eq(format($$SELECT value, opening_receivables, receivables, credit_sales, standard_dso, rolling_dso, annualised_dso, trailing_year_dso, average_balance_dso,
        countback_month_dso, countback_day_dso, sales_weighted_dso, true_dso, best_possible_dso, average_days_delinquent, receivables_turnover, turnover_days,
        collection_effectiveness, deduction_days_outstanding, weighted_days_to_pay, behavior FROM ar.dso_by(%s, as_of => '2025-03-31')$$, :n),
    $$VALUES (NULL::text, 0.00, 0.00, 0.00, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, 0.00, 0.00, NULL::numeric, NULL::numeric, NULL::numeric,
              NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::ar.payment_behavior)$$, 'a company without anything');
SELECT results_eq(format($$SELECT count(*), sum(receivables), sum(credit_sales), max(standard_dso) FROM ar.dso_trend(%s, 24, '2025-03-31')$$, :n),
    $$VALUES (24::bigint, 0.00, 0.00, NULL::numeric)$$, 'its trend');
SELECT is_empty(format($$SELECT FROM ar.dso_by(%s, 'customer', as_of => '2025-03-31')$$, :n), 'it has no customers');
SELECT is_empty(format($$SELECT FROM ar.dso_trend(%s, 24, '2025-03-31', 'region')$$, :n), 'nor months of regions');
SELECT ok(ar.post_payment(:f, 'D', 'PD', '2025-03-01', 70) > 0, 'a payment on account of somebody without invoices');
SELECT results_eq(format($$SELECT value, receivables, overdue, credit_sales, standard_dso, countback_month_dso, countback_month_truncated, receivables_turnover, collection_effectiveness, true_dso
                           FROM ar.dso_by(%s, 'customer', as_of => '2025-03-31') ORDER BY 1$$, :f),
    $$VALUES ('C', 650.00, 150.00, 990.00, 59.09, 56.00, false, round(990/630.0, 6), round(950/1100.0*100, 2), 72.36),
             ('D', -70.00, 0.00, 0.00, NULL, 0.00, false, NULL, 100.00, NULL)$$, 'by customer, one with a negative balance');
SELECT ar.assign_customer(:f, 'C', '2025-04-01', 'Bob', NULL, NULL);
SELECT results_eq(format($$SELECT v.day, d.value, d.receivables FROM unnest('{2025-03-31,2025-04-01}'::date[]) AS v (day), ar.dso_by(%s, 'salesperson', as_of => v.day) AS d ORDER BY 1, 2$$, :f),
    $$VALUES (date '2025-03-31', 'Ann', 650.00), ('2025-03-31', NULL, -70.00), ('2025-04-01', 'Bob', 650.00), ('2025-04-01', NULL, -70.00)$$,
    'by the owner of the as-of date');
SELECT results_eq(format($$SELECT value, month, receivables FROM ar.dso_trend(%s, 2, '2025-04-30', 'salesperson') ORDER BY 1, 2$$, :f),
    $$VALUES ('Bob', date '2025-03-01', 650.00), ('Bob', '2025-04-01', 650.00), (NULL, '2025-03-01', -70.00), (NULL, '2025-04-01', -70.00)$$,
    'the trend by the owner of its last day');
-- Long after: no sales to count back.
SELECT results_eq(format($$SELECT receivables, standard_dso, countback_month_dso, countback_month_truncated, countback_day_dso, countback_day_truncated, sales_weighted_dso
                           FROM ar.dso_by(%s, as_of => '2028-03-31')$$, :f),
    $$VALUES (580.00, NULL::numeric, 1096.00, true, 1096.00, true, 58.25)$$, 'sales of the months of open invoices are found however old');
SELECT results_eq(format($$SELECT standard_dso, countback_month_dso, countback_month_truncated FROM ar.dso_trend(%s, 1, '2028-03-31')$$, :f),
    $$VALUES (NULL::numeric, 1096.00, true)$$, 'so does the trend');

-- A reversed application is no payment from the day of its reversal.
SELECT ar.reverse_application(:f, (SELECT a.application_id FROM receivables.application AS a JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
                                   JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id WHERE d.document_number = '0'),
                              '2025-04-02', 'wrong invoice') > 0 AS reversed \gset
SELECT results_eq(format($$SELECT v.day, ar.item_count(b.behavior), ar.total(b.behavior) FROM unnest('{2025-04-01,2025-04-02}'::date[]) AS v (day),
                           ar.customer_payment_behavior(%s, '2025-01-01', v.day) AS b ORDER BY 1$$, :f),
    $$VALUES (date '2025-04-01', 4::bigint, 950.00), ('2025-04-02', 3, 340.00)$$, 'a reversed application');
-- A payment applied weeks later came when it came; one that was there before the invoice, on the day of the invoice.
SELECT concat(ar.post_payment(:f, 'D', 'P7', '2025-05-05', 50), pg_temp.sell(:f, '7', '2025-05-01', '2025-05-10', 50, 0, 'D'),
              pg_temp.sell(:f, '8', '2025-05-01', '2025-05-10', 70, 0, 'D')) AS posted \gset
SELECT ar.apply(:f, (SELECT item_id FROM receivables.payment WHERE payment_number = p), (SELECT item_id FROM receivables.invoice WHERE invoice_number = i), a, '2025-06-20') > 0 AS applied
FROM (VALUES ('P7', '7', 50), ('PD', '8', 70)) AS v (p, i, a);
SELECT results_eq(format($$SELECT r.company_amount, r.invoice_date, r.due_date, r.paid_on FROM ar.invoice_receipts(%s, '2025-05-01', '2025-06-30') AS r ORDER BY 1$$, :f),
    $$VALUES (50.00, date '2025-05-01', date '2025-05-10', date '2025-05-05'), (70.00, '2025-05-01', '2025-05-10', '2025-05-01')$$, 'the day the money came');
SELECT is_empty(format($$SELECT FROM ar.invoice_receipts(%s, '2025-05-01', '2025-06-19')$$, :f), 'before it was applied it was no receipt');

SELECT throws_ok(format('SELECT ar.dso_by(%s)', args), state, NULL, 'dso_by refuses ' || args)
FROM (VALUES (format('%s, ''colour''', :f), '22023'), ('-1', '23503'), ('NULL', '23503'), (format('%s, NULL, ''2025-04-01'', ''2025-03-31''', :f), '22023'),
             (format('%s, NULL, NULL, NULL', :f), '22023'), (format('%s, NULL, NULL, ''infinity''', :f), '22023')) AS v (args, state);
SELECT throws_ok(format('SELECT ar.dso_trend(%s)', args), state, NULL, 'dso_trend refuses ' || args)
FROM (VALUES (format('%s, 24, ''2025-01-01'', ''colour''', :f), '22023'), ('-1', '23503'), (format('%s, 0', :f), '22023'), (format('%s, NULL', :f), '22023'),
             (format('%s, 24, ''infinity''', :f), '22023')) AS v (args, state);

-- deductions: 60 open of 180 raised in 90 days, 20 from before, 10 taken back
SELECT count(*) AS entered FROM ar.import_rows(:n, 'customer', '[{"customer_number": "C", "name": "C"}]') \gset
SELECT count(ar.post_adjustment(:n, 'C', number, on_date, amount, 'short paid')) AS posted
FROM (VALUES ('A1', date '2024-12-20', 20), ('A2', '2025-01-01', 120), ('A3', '2025-03-31', 60), ('A4', '2025-02-01', 10)) AS v (number, on_date, amount) \gset
INSERT INTO receivables.deduction (company_id, item_id, source_item_id)
SELECT i.company_id, i.item_id, i.item_id FROM receivables.item AS i WHERE i.company_id = :n AND i.kind = 'adjustment';
SELECT concat(ar.post_payment(:n, 'C', 'P1', '2025-03-01', 140)) AS posted \gset
SELECT count(ar.apply(:n, (SELECT item_id FROM receivables.payment WHERE company_id = :n), i.item_id, i.amount)) AS applied
FROM receivables.adjustment AS d JOIN receivables.item AS i USING (company_id, document_id) WHERE d.company_id = :n AND d.adjustment_number IN ('A1', 'A2') \gset
SELECT ar.reverse_document(:n, (SELECT document_id FROM receivables.adjustment WHERE company_id = :n AND adjustment_number = 'A4'), '2025-02-02', 'no deduction') > 0 AS reversed \gset
SELECT results_eq(format($$SELECT open_deductions, deductions_raised, deduction_days_outstanding FROM ar.dso_by(%s, from_date => '2025-01-01', as_of => '2025-03-31')$$, :n),
    $$VALUES (60.00, 180.00, 30.00)$$, 'deduction days outstanding');

-- A random book against plain SQL: every month end and every dimension, as entered by now and by then.
\ir random_book.psql
SELECT count(ar.assign_customer(pg_temp.random_company(), 'R' || n, '-infinity', CASE WHEN n < 3 THEN 'Ann' END, NULL, 'Region ' || n % 3)) AS assigned
FROM generate_series(1, 4) AS n \gset
CREATE FUNCTION pg_temp.plain(dimension text, as_of date, known timestamptz)
    RETURNS TABLE (value text, receivables numeric, overdue numeric, sales numeric) LANGUAGE sql AS $$
    SELECT v.value, coalesce(sum(v.open), 0), coalesce(sum(v.open) FILTER (WHERE v.is_debit AND v.due_on < plain.as_of), 0), coalesce(sum(v.sales), 0)
    FROM (SELECT CASE dimension WHEN 'customer' THEN c.customer_number WHEN 'salesperson' THEN c.salesperson WHEN 'region' THEN c.region
                                WHEN 'currency' THEN x.currency END AS value, x.*
          FROM (SELECT i.customer_id, i.currency, i.is_debit, i.due_on,
                       i.company_amount - coalesce((SELECT sum(CASE WHEN i.is_debit THEN a.company_amount ELSE -a.company_amount END)
                                                    FROM receivables.application AS a
                                                    WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id)
                                                      AND a.effective_on <= plain.as_of AND (known IS NULL OR a.recorded_at <= known)), 0) AS open,
                       NULL::numeric AS sales
                FROM receivables.item AS i WHERE i.company_id = pg_temp.random_company() AND i.effective_on <= plain.as_of
                                             AND (known IS NULL OR i.recorded_at <= known)
                UNION ALL
                SELECT d.customer_id, d.currency, NULL, NULL, NULL, CASE d.kind WHEN 'invoice' THEN d.company_amount ELSE -d.company_amount END
                FROM receivables.document AS d WHERE d.company_id = pg_temp.random_company() AND d.kind IN ('invoice', 'credit_note')
                 AND d.document_date BETWEEN date_trunc('month', plain.as_of) AND plain.as_of AND (known IS NULL OR d.recorded_at <= known)) AS x
          JOIN receivables.customer AS c ON c.company_id = pg_temp.random_company() AND c.customer_id = x.customer_id) AS v
    GROUP BY 1 $$;
-- Before an invoice was entered: between two postings, not amid one.
CREATE TEMP TABLE moment AS
SELECT NULL::timestamptz AS known UNION ALL
SELECT recorded_at - interval '1 microsecond' FROM (SELECT recorded_at, row_number() OVER (ORDER BY recorded_at) AS n, count(*) OVER () AS all_of_them FROM receivables.document
                         WHERE company_id = pg_temp.random_company() AND kind = 'invoice') AS d WHERE n = all_of_them / 2;
CREATE TEMP TABLE dimension AS SELECT unnest('{NULL,customer,salesperson,region,currency}'::text[]) AS dimension;
CREATE TEMP TABLE trend AS
SELECT d.dimension, m.known, t.* FROM dimension AS d, moment AS m, ar.dso_trend(pg_temp.random_company(), 6, '2025-05-20', d.dimension, m.known) AS t;
CREATE TEMP TABLE question AS SELECT DISTINCT dimension, known, month, month_end FROM trend;
CREATE TEMP TABLE plainly AS
SELECT q.dimension, q.known, q.month_end, p.* FROM question AS q CROSS JOIN LATERAL pg_temp.plain(q.dimension, q.month_end, q.known) AS p;
CREATE TEMP TABLE by_dimension AS
SELECT q.dimension, q.known, q.month_end, b.* FROM question AS q CROSS JOIN LATERAL ar.dso_by(pg_temp.random_company(), q.dimension, q.month, q.month_end, q.known) AS b;
-- Owners were entered after the moments: what was known then has none.
SELECT is_empty($$
    SELECT t.dimension, t.known, t.month_end, t.value, t.receivables, t.overdue, t.credit_sales, p.receivables, p.overdue, p.sales FROM trend AS t
    LEFT JOIN plainly AS p ON (p.dimension, p.known, p.month_end, p.value) IS NOT DISTINCT FROM (t.dimension, t.known, t.month_end, t.value)
    WHERE (t.known IS NULL OR t.dimension IS NULL OR t.dimension IN ('customer', 'currency'))
      AND (t.receivables, t.overdue, t.credit_sales) IS DISTINCT FROM (coalesce(p.receivables, 0), coalesce(p.overdue, 0), coalesce(p.sales, 0))$$,
    'every month of the trend, as plain SQL has it');
SELECT cmp_ok(count(*), '>', 90::bigint, 'lines compared') FROM trend WHERE receivables <> 0;
SELECT is_empty($$
    SELECT t.dimension, t.month_end, t.value, t.receivables, b.receivables FROM trend AS t
    LEFT JOIN by_dimension AS b ON (b.dimension, b.known, b.month_end, b.value) IS NOT DISTINCT FROM (t.dimension, t.known, t.month_end, t.value)
    WHERE (t.known IS NULL OR t.dimension IS NULL OR t.dimension IN ('customer', 'currency'))
      AND (t.opening_receivables, t.receivables, t.overdue, t.credit_sales, t.standard_dso, t.rolling_dso, t.trailing_year_dso, t.average_balance_dso, t.countback_month_dso,
           t.countback_month_truncated, t.best_possible_dso, t.average_days_delinquent, t.receivables_turnover, t.collection_effectiveness)
          IS DISTINCT FROM (b.opening_receivables, b.receivables, b.overdue, b.credit_sales, b.standard_dso, b.rolling_dso, b.trailing_year_dso, b.average_balance_dso,
           b.countback_month_dso, b.countback_month_truncated, b.best_possible_dso, b.average_days_delinquent, b.receivables_turnover, b.collection_effectiveness)
      AND b.period_to IS NOT NULL$$,
    'every month of the trend, as dso_by has it');
-- One by one from the definitions.
SELECT is_empty($$
    SELECT b.value, b.sales_weighted_dso, b.true_dso, e.* FROM (SELECT b.* FROM ar.dso_by(pg_temp.random_company(), 'customer', NULL, '2025-06-20', NULL) AS b) AS b
    CROSS JOIN LATERAL (
        SELECT CASE WHEN bool_and(s.sales > 0) THEN round(sum(o.open_company_amount / nullif(s.sales, 0)
                         * (least((date_trunc('month', o.effective_on) + interval '1 month')::date - 1, '2025-06-20') - date_trunc('month', o.effective_on)::date + 1)), 2) END AS weighted,
               CASE WHEN bool_and(s.sales > 0 OR o.effective_on = '2025-06-20') THEN round(sum(o.open_company_amount * (date '2025-06-20' - o.effective_on) / nullif(s.sales, 0)), 2) END AS truly
        FROM ar.open_items('2025-06-20', NULL) AS o
        JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id AND c.customer_number = b.value
        CROSS JOIN LATERAL (SELECT sum(CASE d.kind WHEN 'invoice' THEN d.company_amount ELSE -d.company_amount END) AS sales FROM receivables.document AS d
                            WHERE d.company_id = o.company_id AND d.customer_id = o.customer_id AND d.kind IN ('invoice', 'credit_note') AND d.document_date <= '2025-06-20'
                              AND date_trunc('month', d.document_date) = date_trunc('month', o.effective_on)) AS s
        WHERE o.company_id = pg_temp.random_company() AND o.kind = 'invoice' AND o.is_debit) AS e
    WHERE (b.sales_weighted_dso, b.true_dso) IS DISTINCT FROM (e.weighted, e.truly)$$, 'sales-weighted and true, item by item');
SELECT cmp_ok(count(*), '>', 100::bigint, 'lines of dso_by compared') FROM by_dimension AS b
JOIN trend AS t ON (b.dimension, b.known, b.month_end, b.value) IS NOT DISTINCT FROM (t.dimension, t.known, t.month_end, t.value) WHERE b.receivables <> 0;
CREATE TEMP TABLE paid AS
SELECT m.known, p.from_date, b.customer_id, ar.item_count(b.behavior) AS n, ar.total(b.behavior) AS total, round(ar.weighted_days_late(b.behavior), 6) AS late
FROM moment AS m, unnest('{2025-01-01,2025-03-01,2025-04-15}'::date[]) AS p (from_date),
     ar.customer_payment_behavior(pg_temp.random_company(), p.from_date, '2025-06-10', m.known) AS b;
CREATE TEMP TABLE paid_plainly AS
SELECT m.known, p.from_date, d.customer_id, count(*) AS n, sum(a.company_amount) AS total,
       round(sum(a.company_amount * (greatest(d.effective_on, c.effective_on) - d.due_on)) / sum(a.company_amount), 6) AS late
FROM moment AS m, unnest('{2025-01-01,2025-03-01,2025-04-15}'::date[]) AS p (from_date),
     receivables.application AS a, receivables.item AS d, receivables.item AS c
WHERE a.company_id = pg_temp.random_company() AND d.company_id = a.company_id AND c.company_id = a.company_id
  AND d.item_id = a.debit_item_id AND c.item_id = a.credit_item_id AND d.kind = 'invoice' AND c.kind IN ('payment', 'deposit')
  AND a.amount > 0 AND a.effective_on <= '2025-06-10' AND greatest(d.effective_on, c.effective_on) BETWEEN p.from_date AND '2025-06-10'
  AND (m.known IS NULL OR a.recorded_at <= m.known)
  AND NOT EXISTS (SELECT FROM receivables.application AS r
                  WHERE r.company_id = a.company_id AND r.reverses_application_id = a.application_id AND r.effective_on <= '2025-06-10'
                    AND (m.known IS NULL OR r.recorded_at <= m.known))
GROUP BY 1, 2, 3;
SELECT is_empty('(TABLE paid EXCEPT TABLE paid_plainly) UNION ALL (TABLE paid_plainly EXCEPT TABLE paid)', 'receipts, as plain SQL has them');
SELECT cmp_ok(count(*), '>=', 10::bigint, 'customers and periods with receipts') FROM paid;
-- Reversed and applied again from an earlier day: what was known before is found although the item was settled earlier by now.
SELECT concat(pg_temp.sell(:f, '9', '2025-06-01', '2025-06-30', 40, 0), ar.post_payment(:f, 'C', 'P9', '2025-07-10', 40), ar.post_payment(:f, 'C', 'P8', '2025-06-05', 40)) AS posted \gset
SELECT ar.apply(:f, (SELECT item_id FROM receivables.payment WHERE payment_number = 'P9'), (SELECT item_id FROM receivables.invoice WHERE invoice_number = '9'), 40, '2025-07-10') AS application \gset
SELECT clock_timestamp() AS before_reversal \gset
SELECT ar.reverse_application(:f, :application, '2025-07-10', 'the other payment') > 0 AS reversed \gset
SELECT ar.apply(:f, (SELECT item_id FROM receivables.payment WHERE payment_number = 'P8'), (SELECT item_id FROM receivables.invoice WHERE invoice_number = '9'), 40, '2025-06-05') > 0 AS applied \gset
SELECT results_eq(format($$SELECT v.n, r.paid_on FROM (VALUES (1, %2$L::timestamptz), (2, NULL)) AS v (n, known), ar.invoice_receipts(%1$s, '2025-07-01', '2025-07-31', v.known) AS r$$, :f, :'before_reversal'),
    $$VALUES (1, date '2025-07-10')$$, 'as known before it was applied again');
SELECT results_eq(format($$SELECT r.paid_on FROM ar.invoice_receipts(%s, '2025-06-01', '2025-07-31') AS r WHERE r.company_amount = 40$$, :f),
    $$VALUES (date '2025-06-05')$$, 'as known now');
SELECT is(sum(ar.item_count(b.behavior))::bigint, (SELECT sum(ar.item_count(m.behavior)) FROM ar.customer_payment_behavior_by_month(pg_temp.random_company(), '2025-01-01', '2025-06-20', NULL) AS m)::bigint,
          'months add up') FROM ar.customer_payment_behavior(pg_temp.random_company(), '2025-01-01', '2025-06-20', NULL) AS b;

-- The view of the last twelve months.
SET LOCAL ar.as_of = '2025-06-20';
SELECT results_eq(format($$SELECT customer_number, receipt_count, received, weighted_days_late, payment_index, from_date, as_of FROM receivables.payment_behavior WHERE company_id = %s ORDER BY 1$$, pg_temp.random_company()),
    format($$SELECT c.customer_number, ar.item_count(b.behavior), ar.total(b.behavior), round(ar.weighted_days_late(b.behavior), 2), round(ar.payment_index(b.behavior), 2), date '2024-06-21', date '2025-06-20'
             FROM ar.customer_payment_behavior(%1$s, '2024-06-21', '2025-06-20') AS b JOIN receivables.customer AS c ON c.company_id = %1$s AND c.customer_id = b.customer_id ORDER BY 1$$, pg_temp.random_company()),
    'view payment_behavior');

-- The views answer as the functions do.
SELECT results_eq($$SELECT company_code, period_from, period_to, receivables, standard_dso, true_dso, countback_day_dso, collection_effectiveness FROM receivables.dso_detail ORDER BY 1$$,
    $$SELECT c.company_code, d.period_from, d.period_to, d.receivables, d.standard_dso, d.true_dso, d.countback_day_dso, d.collection_effectiveness
      FROM receivables.company AS c, ar.dso_by(c.company_id, NULL, '2025-04-01', '2025-06-20') AS d ORDER BY 1$$, 'view dso_detail');
SELECT results_eq($$SELECT company_code, month, month_end, receivables, overdue, standard_dso, rolling_dso, countback_month_dso FROM receivables.dso_by_month ORDER BY 1, 2$$,
    $$SELECT c.company_code, d.month, d.month_end, d.receivables, d.overdue, d.standard_dso, d.rolling_dso, d.countback_month_dso
      FROM receivables.company AS c, ar.dso_trend(c.company_id, 24, '2025-06-20') AS d ORDER BY 1, 2$$, 'view dso_by_month');
-- View dso, of 90 days, has the same countback.
SELECT results_eq('SELECT company_code, receivables, overdue, countback_dso, countback_truncated FROM receivables.dso ORDER BY 1',
                  'SELECT company_code, receivables, overdue, countback_month_dso, countback_month_truncated FROM receivables.dso_detail ORDER BY 1', 'views dso and dso_detail agree');

SELECT * FROM finish();
ROLLBACK;
