-- Indicators: worked out by hand, against plain SQL on a random book, and where there is nothing to divide by.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SET LOCAL datestyle = 'ISO';
\ir indicator_book.psql

SELECT results_eq('SELECT DISTINCT indicator FROM ar.indicators(pg_temp.acme(), ''2025-03-31'') ORDER BY 1', 'SELECT indicator FROM ar.indicator_definitions() ORDER BY 1', 'all that are defined are measured');
SELECT results_eq('SELECT scope, scope_value, indicator, unit FROM ar.indicators(pg_temp.acme(), ''2025-03-31'')',
    'SELECT ''company''::text, NULL::text, indicator, unit FROM ar.indicator_definitions() ORDER BY place', 'in their order, with their units');
-- Open are 600, 500, 80, 60 of C1 and 100, 70 of C2, of which 100 is not due and 80 is over 90 days; a credit of 40 of C3.
-- Of the 90 days: sales 2,030 less 50; received 400 + 300 + 70 - 70 + 40; written off 150; open before 280.
-- Due in them: 1,000, 500, 300, 70 and the 60 that were moved to C1; paid 400 and 300.
-- Countback: March 50 in 31 days, February 360 in 28, of January 1,570 the other 960.
SELECT results_eq('SELECT indicator, value, numerator, denominator FROM ar.indicators(pg_temp.acme(), ''2025-03-31'')',
    $$VALUES ('overdue_rate', 0.929078, 1310.00, 1410.00), ('over_90_rate', 0.056738, 80.00, 1410.00), ('oldest_days_past_due', 151.00, NULL, NULL),
             ('disputed_share', 0.000000, 0.00, 1410.00), ('top_ten_share', 1.000000, 1410.00, 1410.00), ('hhi', 7879.38, NULL, NULL),
             ('collection_rate', 0.327434, 740.00, 2260.00), ('collection_rate_on_due', 0.362694, 700.00, 1930.00),
             ('bad_debt_ratio', 0.075758, 150.00, 1980.00), ('write_off_rate', 0.181818, 150.00, 825.00),
             ('standard_dso', 62.27, 1370.00, 1980.00), ('best_possible_dso', 2.73, 60.00, 1980.00), ('average_days_delinquent', 59.55, 1310.00, 1980.00),
             ('countback_dso', 77.96, 1370.00, NULL), ('roll_rate_not_due', NULL, NULL, NULL), ('roll_rate_1_30', NULL, NULL, NULL),
             ('roll_rate_31_60', NULL, NULL, NULL), ('roll_rate_61_90', NULL, NULL, NULL)$$, 'of the company');
SELECT results_eq($$SELECT scope, scope_value, indicator, value, numerator, denominator FROM ar.indicators(pg_temp.acme(), '2025-03-31', 'salesperson')
    WHERE indicator IN ('overdue_rate', 'collection_rate', 'collection_rate_on_due', 'bad_debt_ratio', 'hhi')$$,
    $$VALUES ('salesperson', 'Ann', 'overdue_rate', 1.000000, 1240.00, 1240.00), ('salesperson', 'Ann', 'hhi', 10000.00, NULL, NULL),
             ('salesperson', 'Ann', 'collection_rate', 0.253165, 400.00, 1580.00), ('salesperson', 'Ann', 'collection_rate_on_due', 0.256410, 400.00, 1560.00),
             ('salesperson', 'Ann', 'bad_debt_ratio', 0.000000, 0.00, 1500.00),
             ('salesperson', 'Bob', 'overdue_rate', 0.411765, 70.00, 170.00), ('salesperson', 'Bob', 'hhi', 10000.00, NULL, NULL),
             ('salesperson', 'Bob', 'collection_rate', 0.441176, 300.00, 680.00), ('salesperson', 'Bob', 'collection_rate_on_due', 0.810811, 300.00, 370.00),
             ('salesperson', 'Bob', 'bad_debt_ratio', 0.312500, 150.00, 480.00),
             ('salesperson', NULL, 'overdue_rate', NULL, 0.00, 0.00), ('salesperson', NULL, 'hhi', NULL, NULL, NULL),
             ('salesperson', NULL, 'collection_rate', NULL, 40.00, 0.00), ('salesperson', NULL, 'collection_rate_on_due', NULL, 0.00, 0.00),
             ('salesperson', NULL, 'bad_debt_ratio', NULL, 0.00, 0.00)$$, 'by salesperson');
SELECT results_eq($$SELECT scope_value, value FROM ar.indicators(pg_temp.acme(), '2025-03-31', 'department') WHERE indicator = 'over_90_rate'$$,
    $$VALUES ('North', 0.064516), ('South', 0.000000), (NULL, NULL)$$, 'by department');
SELECT results_eq($$SELECT scope_value, value FROM ar.indicators(pg_temp.acme(), '2025-03-31', 'grade') WHERE indicator = 'oldest_days_past_due'$$,
    $$VALUES ('A', 151.00), ('B', 44.00), (NULL, NULL)$$, 'by grade');
SELECT results_eq($$SELECT scope_value, indicator, value FROM ar.indicators(pg_temp.acme(), '2025-03-31', 'customer') WHERE indicator IN ('oldest_days_past_due', 'hhi', 'top_ten_share', 'standard_dso')$$,
    $$VALUES ('C1', 'oldest_days_past_due', 151.00), ('C1', 'standard_dso', 74.40), ('C2', 'oldest_days_past_due', 44.00), ('C2', 'standard_dso', 31.88),
             ('C3', 'oldest_days_past_due', NULL), ('C3', 'standard_dso', NULL)$$, 'by customer: nobody is concentrated alone');
-- Deductions are what is disputed: of 100, 90 are paid and 10 kept back.
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (:acme, 'B', 'EUR');
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash) VALUES (:acme, 1, 'csv', 'B', '1', 'EUR', 'b');
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, booked_on, value_on, currency, amount, open_amount)
VALUES (:acme, 1, 1, 1, 1, 90, '2025-04-10', '2025-04-10', 'EUR', 90, 90);
SELECT ar.apply_manual(:acme, bank_line_id => 1, customer_number => 'C2', lines => '[{"invoice_number": "I5", "amount": 90},
    {"invoice_number": "I5", "amount": 10, "purpose": "deduction", "note": "broken"}]') IS NOT NULL AS applied \gset
SELECT results_eq($$SELECT value, numerator, denominator FROM ar.indicators(pg_temp.acme(), '2025-04-10') WHERE indicator = 'disputed_share'$$, 'VALUES (0.007576, 10.00, 1320.00)', 'disputed share');
SELECT results_eq($$SELECT value FROM ar.indicators(pg_temp.acme(), '2025-04-09') WHERE indicator = 'disputed_share'$$, 'VALUES (0.000000)', 'not before');
-- So is what disputes say: 56 more of 1,320, until they are resolved.
SELECT ar.open_dispute(:acme, 'C1', 'price', jsonb_build_array(jsonb_build_object('document_number', (
           SELECT min(d.document_number) FROM ar.open_items('2025-04-10') AS o JOIN receivables.document AS d USING (company_id, document_id)
           JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id
           WHERE o.company_id = :acme AND c.customer_number = 'C1' AND o.open_amount > 56 AND o.is_debit), 'amount', 56)), opened_on => '2025-04-10') AS dispute \gset
SELECT results_eq($$SELECT value, numerator, denominator FROM ar.indicators(pg_temp.acme(), '2025-04-10') WHERE indicator = 'disputed_share'$$, 'VALUES (0.050000, 66.00, 1320.00)', 'disputes and deductions');
SELECT ar.resolve_dispute(:acme, :dispute, 'rejected', 'as agreed', '2025-04-11') IS NULL AS resolved \gset
SELECT results_eq($$SELECT value FROM ar.indicators(pg_temp.acme(), '2025-04-11') WHERE indicator = 'disputed_share'$$, 'VALUES (0.007576)', 'resolved');
-- Roll rates come with the latest snapshot.
SELECT count(customers) AS taken FROM ar.take_snapshot(:acme, '2025-03-31') \gset
SELECT results_eq($$SELECT indicator, value, numerator, denominator FROM ar.indicators(pg_temp.acme(), '2025-04-05') WHERE indicator LIKE 'roll%'$$,
    $$VALUES ('roll_rate_not_due', 0.000000, 0.00, 800.00), ('roll_rate_1_30', 0.600000, 600.00, 1000.00), ('roll_rate_31_60', NULL, NULL, NULL), ('roll_rate_61_90', 0.000000, 0.00, 200.00)$$, 'roll rates');
SELECT results_eq($$SELECT indicator, value FROM receivables.indicator_snapshot WHERE as_of = '2025-03-31' AND scope = 'company' AND indicator IN ('overdue_rate', 'roll_rate_1_30') ORDER BY 1$$,
    $$VALUES ('overdue_rate', 0.929078), ('roll_rate_1_30', 0.600000)$$, 'which keeps the indicators');
SELECT results_eq($$SELECT scope, count(DISTINCT scope_value) FROM receivables.indicator_snapshot GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('company', 0::bigint), ('department', 2), ('region', 0), ('salesperson', 2)$$, 'by owner too');

SET LOCAL ar.as_of = '2025-03-31';
SELECT results_eq('SELECT salesperson, collected, collectable, collection_rate, paid_of_due, fell_due, collection_rate_on_due FROM receivables.collection_rate_by_salesperson ORDER BY salesperson',
    $$VALUES ('Ann', 400.00, 1580.00, 0.253165, 400.00, 1560.00, 0.256410), ('Bob', 300.00, 680.00, 0.441176, 300.00, 370.00, 0.810811), (NULL, 40.00, 0.00, NULL, 0.00, 0.00, NULL)$$, 'collection in a view');
SELECT results_eq('SELECT department, collection_rate FROM receivables.collection_rate_by_department ORDER BY department', $$VALUES ('North', 0.253165), ('South', 0.441176), (NULL, NULL)$$, 'by department too');
SET LOCAL ar.as_of = '';

-- Other periods
SELECT results_eq($$SELECT indicator, value, numerator, denominator FROM ar.indicators(pg_temp.acme(), '2025-03-31', period_days => 31) WHERE indicator IN ('collection_rate', 'standard_dso', 'write_off_rate', 'collection_rate_on_due')$$,
    $$VALUES ('collection_rate', 0.305936, 670.00, 2190.00), ('collection_rate_on_due', 0.833333, 300.00, 360.00), ('write_off_rate', 0.085470, 150.00, 1755.00), ('standard_dso', 849.40, 1370.00, 50.00)$$, 'of March alone');
SELECT throws_ok('SELECT * FROM ar.indicators(pg_temp.acme(), ''2025-03-31'', period_days => 0)', '22023', NULL, 'no period');
SELECT throws_ok('SELECT * FROM ar.indicators(pg_temp.acme(), NULL)', '22023', NULL, 'no day');
SELECT throws_ok('SELECT * FROM ar.indicators(pg_temp.acme(), ''infinity'')', '22023', NULL, 'nor the last');
SELECT throws_ok('SELECT * FROM ar.indicators(pg_temp.acme(), ''2025-03-31'', ''colour'')', '22023', 'there are no indicators by colour', 'no such dimension');
SELECT throws_ok('SELECT * FROM ar.indicators(-1, ''2025-03-31'')', '23503', NULL, 'no company');

-- Nothing to divide by is null, never 0.
SELECT ar.create_company('NIL', 'Nothing', 'JPY') AS nil \gset
SELECT set_config('test.nil', :'nil', true) = :'nil' AS nil_set \gset
SELECT count(*) AS imported FROM ar.import_rows(:nil, 'customer', '[{"customer_number": "X", "name": "X", "salesperson": "Ann"}]') \gset
SELECT is_empty($$SELECT * FROM ar.indicators(current_setting('test.nil')::bigint, '2025-03-31') WHERE value IS NOT NULL AND indicator <> 'countback_dso'$$, 'no items at all');
SELECT results_eq($$SELECT value FROM ar.indicators(current_setting('test.nil')::bigint, '2025-03-31') WHERE indicator = 'countback_dso'$$, 'VALUES (0.00)', 'but for the countback of nothing, which takes no day');
SELECT is_empty($$SELECT * FROM ar.indicators(current_setting('test.nil')::bigint, '2025-03-31', 'salesperson')$$, 'nobody has anything');
SELECT ar.post_deposit(:nil, 'X', 'D1', '2025-03-01', 500) AS d1 \gset
SELECT results_eq($$SELECT indicator, value FROM ar.indicators(current_setting('test.nil')::bigint, '2025-03-31') WHERE value IS NOT NULL$$,
    $$VALUES ('countback_dso', 0.00)$$, 'only a credit');
SELECT ar.post_opening_balance(:nil, 'X', 'O1', '2024-06-01', 700, '2024-06-30') AS o1 \gset
SELECT results_eq($$SELECT indicator, value FROM ar.indicators(current_setting('test.nil')::bigint, '2025-03-31') WHERE value IS NOT NULL$$,
    $$VALUES ('overdue_rate', 1.000000), ('over_90_rate', 1.000000), ('oldest_days_past_due', 274.00), ('disputed_share', 0.000000), ('top_ten_share', 1.000000), ('hhi', 10000.00),
             ('collection_rate', 0.714286), ('write_off_rate', 0.000000)$$, 'no sales: no DSO, and countback does not come to an end');
SELECT results_eq($$SELECT value, numerator, denominator FROM ar.indicators(current_setting('test.nil')::bigint, '2025-03-31') WHERE indicator = 'standard_dso'$$, 'VALUES (NULL::numeric, 200::numeric, 0::numeric)', 'which shows what was missing');

-- A random book: what is divided, by plain sums over items and applications.
\ir random_book.psql
CREATE FUNCTION pg_temp.open_at(company bigint, day date) RETURNS TABLE (customer_id bigint, item_id bigint, kind text, reverses_item_id bigint, due_on date, company_amount numeric, open numeric)
    LANGUAGE sql AS $$
    SELECT i.customer_id, i.item_id, i.kind, i.reverses_item_id, i.due_on, i.company_amount, i.company_amount - sign(i.company_amount) * coalesce(sum(a.company_amount), 0)
    FROM receivables.item AS i LEFT JOIN receivables.application AS a ON a.company_id = company AND i.item_id IN (a.debit_item_id, a.credit_item_id) AND a.effective_on <= day
    WHERE i.company_id = company AND i.effective_on <= day GROUP BY i.company_id, i.item_id
$$;
CREATE FUNCTION pg_temp.expected(company bigint, day date, days integer) RETURNS TABLE (customer text, indicator text, numerator numeric, denominator numeric) LANGUAGE sql AS $$
    WITH o AS MATERIALIZED (SELECT * FROM pg_temp.open_at(company, day)), b AS MATERIALIZED (SELECT * FROM pg_temp.open_at(company, day - days)),
    d AS (SELECT * FROM receivables.document WHERE company_id = company AND document_date BETWEEN day - days + 1 AND day),
    due AS (SELECT o.*, (SELECT coalesce(sum(a.company_amount), 0) FROM receivables.application AS a JOIN receivables.item AS c ON c.company_id = company AND c.item_id = a.credit_item_id
                         WHERE a.company_id = company AND a.debit_item_id = o.item_id AND a.effective_on <= day
                           AND (c.reverses_item_id IS NOT NULL OR c.kind IN ('credit_note', 'adjustment', 'transfer_out'))) AS credited,
                        (SELECT coalesce(sum(a.company_amount), 0) FROM receivables.application AS a JOIN receivables.item AS c ON c.company_id = company AND c.item_id = a.credit_item_id
                         WHERE a.company_id = company AND a.debit_item_id = o.item_id AND a.effective_on <= day
                           AND c.reverses_item_id IS NULL AND c.kind NOT IN ('credit_note', 'adjustment', 'transfer_out', 'write_off')) AS paid
            FROM o WHERE o.due_on BETWEEN day - days + 1 AND day AND o.company_amount > 0 AND o.reverses_item_id IS NULL
              AND o.kind NOT IN ('payment', 'deposit', 'refund', 'credit_note', 'write_off', 'transfer_out', 'exchange_difference')),
    x AS (SELECT c.customer_id, c.customer_number,
        (SELECT coalesce(sum(open), 0) FROM o WHERE o.customer_id = c.customer_id AND open > 0) AS gross,
        (SELECT coalesce(sum(open), 0) FROM o WHERE o.customer_id = c.customer_id AND open > 0 AND due_on < day) AS overdue,
        (SELECT coalesce(sum(open), 0) FROM o WHERE o.customer_id = c.customer_id AND open > 0 AND due_on < day - 90) AS over_90,
        (SELECT coalesce(sum(open), 0) FROM o WHERE o.customer_id = c.customer_id) AS balance,
        (SELECT coalesce(sum(open), 0) FROM b WHERE b.customer_id = c.customer_id) AS opening,
        (SELECT coalesce(sum(CASE kind WHEN 'invoice' THEN company_amount WHEN 'credit_note' THEN -company_amount END), 0) FROM d WHERE d.customer_id = c.customer_id) AS sales,
        (SELECT coalesce(sum(CASE WHEN kind IN ('payment', 'deposit') THEN company_amount WHEN kind = 'refund' THEN -company_amount END), 0) FROM d WHERE d.customer_id = c.customer_id) AS collected,
        (SELECT coalesce(sum(company_amount), 0) FROM d WHERE d.customer_id = c.customer_id AND kind = 'write_off') AS net,
        (SELECT coalesce(sum(company_amount), 0) FROM d WHERE d.customer_id = c.customer_id AND kind = 'write_off' AND reverses_document_id IS NULL) AS written_off,
        (SELECT coalesce(sum(company_amount - credited), 0) FROM due WHERE due.customer_id = c.customer_id) AS due,
        (SELECT coalesce(sum(paid), 0) FROM due WHERE due.customer_id = c.customer_id) AS paid
        FROM receivables.customer AS c WHERE c.company_id = company)
    SELECT x.customer_number, v.* FROM x CROSS JOIN LATERAL (VALUES ('overdue_rate', x.overdue, x.gross), ('over_90_rate', x.over_90, x.gross), ('collection_rate', x.collected, x.opening + x.sales),
        ('collection_rate_on_due', x.paid, x.due), ('bad_debt_ratio', x.net, x.sales), ('write_off_rate', x.written_off, round((x.opening + x.balance) / 2, 2)),
        ('standard_dso', x.balance, x.sales), ('average_days_delinquent', x.overdue, x.sales)) AS v
$$;
CREATE TEMP TABLE question AS SELECT * FROM (VALUES (date '2025-03-01', 90), ('2025-04-15', 30), ('2025-05-31', 60), ('2025-06-30', 365)) AS q (day, days);
SELECT results_eq(
    $$SELECT q.day, i.scope_value, i.indicator, i.numerator, i.denominator FROM question AS q, LATERAL ar.indicators(pg_temp.random_company(), q.day, 'customer', q.days) AS i
      WHERE i.indicator IN (SELECT DISTINCT e.indicator FROM pg_temp.expected(pg_temp.random_company(), '2025-03-01', 1) AS e) ORDER BY 1, 2, i.indicator COLLATE "C"$$,
    $$SELECT q.day, e.* FROM question AS q, LATERAL pg_temp.expected(pg_temp.random_company(), q.day, q.days) AS e ORDER BY 1, 2, e.indicator COLLATE "C"$$, 'numerators and denominators of each customer');
-- Ratios of sums: those of the company are of the sums of its customers, but for rounding of the halves.
SELECT results_eq(
    $$SELECT q.day, i.indicator, i.value FROM question AS q, LATERAL ar.indicators(pg_temp.random_company(), q.day, NULL, q.days) AS i
      WHERE i.indicator IN ('overdue_rate', 'over_90_rate', 'collection_rate', 'collection_rate_on_due', 'bad_debt_ratio') ORDER BY 1, i.indicator COLLATE "C"$$,
    $$SELECT q.day, e.indicator, round(sum(e.numerator) / nullif(greatest(sum(e.denominator), 0), 0), 6) FROM question AS q, LATERAL pg_temp.expected(pg_temp.random_company(), q.day, q.days) AS e
      WHERE e.indicator IN ('overdue_rate', 'over_90_rate', 'collection_rate', 'collection_rate_on_due', 'bad_debt_ratio') GROUP BY q.day, e.indicator ORDER BY 1, e.indicator COLLATE "C"$$, 'ratios of sums');
SELECT results_eq(
    $$SELECT q.day, i.indicator, i.value FROM question AS q, LATERAL ar.indicators(pg_temp.random_company(), q.day, NULL, q.days) AS i WHERE i.indicator IN ('hhi', 'top_ten_share') ORDER BY 1, 2$$,
    $$SELECT q.day, x.* FROM question AS q, LATERAL (SELECT sum(b.balance) AS total, sum(b.balance ^ 2) AS squares FROM (
          SELECT sum(o.open) AS balance FROM pg_temp.open_at(pg_temp.random_company(), q.day) AS o GROUP BY o.customer_id) AS b WHERE b.balance > 0) AS b,
      LATERAL (VALUES ('hhi', round(10000 * b.squares / b.total ^ 2, 2)), ('top_ten_share', CASE WHEN b.total > 0 THEN 1.000000 END)) AS x ORDER BY 1, 2$$, 'concentration of balances');
SET LOCAL ar.as_of = '2025-05-31';
SELECT results_eq($$SELECT indicator, value FROM ar.indicators(pg_temp.random_company()) WHERE indicator LIKE '%dso' OR indicator = 'average_days_delinquent' ORDER BY indicator$$,
    $$SELECT x.* FROM receivables.dso AS s, LATERAL (VALUES ('average_days_delinquent', s.average_days_delinquent), ('best_possible_dso', s.best_possible_dso),
          ('countback_dso', CASE WHEN NOT s.countback_truncated THEN s.countback_dso END), ('standard_dso', s.standard_dso)) AS x WHERE s.company_id = pg_temp.random_company()$$, 'the same days as in view dso');
-- As it was known at a moment.
SELECT clock_timestamp() AS before_it \gset
SELECT md5(string_agg(i::text, ',')) AS before_digest FROM ar.indicators(pg_temp.random_company(), '2025-05-31', 'salesperson') AS i \gset
SELECT ar.post_invoice(pg_temp.random_company(), 'R1', 'LATE', '2025-05-01', '2025-05-10', 777) AS late,
       ar.post_payment(pg_temp.random_company(), 'R1', 'LATE', '2025-05-20', 700, '[{"invoice_number": "LATE", "amount": 700}]') AS late_payment \gset
SELECT ar.assign_customer(pg_temp.random_company(), 'R1', '-infinity', 'Zoe', NULL, NULL);
SELECT isnt((SELECT md5(string_agg(i::text, ',')) FROM ar.indicators(pg_temp.random_company(), '2025-05-31', 'salesperson') AS i), :'before_digest', 'late entries count');
SELECT is((SELECT md5(string_agg(i::text, ',')) FROM ar.indicators(pg_temp.random_company(), '2025-05-31', 'salesperson', known_at => :'before_it') AS i), :'before_digest', 'but not in what was known before');
SELECT * FROM finish();
ROLLBACK;
