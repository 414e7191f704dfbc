-- What credit grades mean: the standard ones, one's own, and the due dates that follow.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT ar.create_company('OT', 'Other', 'JPY') AS ot \gset
SELECT ar.create_company('XX', 'Third', 'EUR') AS xx \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
CREATE FUNCTION pg_temp.grades(company bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', g.grade, trim_scale(g.from_score), g.payment_term, coalesce(g.maximum_limit::text, 'any'), trim_scale(g.deposit_percent))
    FROM receivables.credit_grade AS g WHERE g.company_id = company ORDER BY g.grade
$$;

-- The standard ones
SELECT is(ar.add_standard_credit_grades(:eu), 4, 'four grades are entered');
SELECT results_eq('SELECT pg_temp.grades(pg_temp.eu())', '{A 80 NET60 any 0,B 65 NET30 any 0,C 50 NET15 any 0,D 0 PREPAY 0 30}'::text[], 'A NET60, B NET30, C NET15, D in advance; 30 % for high risk');
SELECT results_eq('SELECT t.payment_term, ar.due_date(''2025-01-31'', t.definition) FROM receivables.payment_term AS t WHERE t.company_id = pg_temp.eu() ORDER BY 2, 1',
    $$VALUES ('PREPAY', date '2025-01-31'), ('NET15', '2025-02-15'), ('NET30', '2025-03-02'), ('NET60', '2025-04-01')$$, 'with their terms');
SELECT count(*) AS changes FROM receivables.change_log \gset
SELECT is(ar.add_standard_credit_grades(:eu, 50, '{C,D}'), 0, 'again: nothing to enter');
SELECT results_eq('SELECT count(*) FROM receivables.change_log', 'SELECT ' || :changes || '::bigint', 'and nothing is changed');
SELECT ar.set_payment_term(:ot, 'NET30', 'Their own', '{"days": 31}') IS NOT NULL AS set_term \gset
SELECT is(ar.add_standard_credit_grades(:ot, 25, '{C,D}'), 4, 'with a deposit for C as well');
SELECT results_eq('SELECT pg_temp.grades(' || :ot || ')', '{A 80 NET60 any 0,B 65 NET30 any 0,C 50 NET15 any 25,D 0 PREPAY 0 25}'::text[], 'of a percentage of one''s own');
SELECT results_eq('SELECT t.definition FROM receivables.payment_term AS t WHERE t.payment_term = ''NET30'' ORDER BY t.company_id', $$VALUES ('{"days": 30}'::jsonb), ('{"days": 31}')$$, 'a term that is there stays');
SELECT throws_ok('SELECT ar.add_standard_credit_grades(-1)', '23503', 'company -1 does not exist', 'of a company');
SELECT throws_ok('SELECT ar.add_standard_credit_grades(' || :xx || ', 101)', '23514', NULL, 'a deposit above 100 percent');
SELECT throws_ok('SELECT ar.add_standard_credit_grades(' || :xx || ', 30, ''{E}'')', '22023', 'grades of high risk are some of A, B, C and D, not {E}', 'an unknown grade');

-- One's own
SELECT ar.set_credit_grade(:eu, 'B', 70, 'NET30', 50000.25, 10) IS NOT NULL AS set_grade \gset
SELECT results_eq('SELECT pg_temp.grades(pg_temp.eu())', '{A 80 NET60 any 0,B 70 NET30 50000.25 10,C 50 NET15 any 0,D 0 PREPAY 0 30}'::text[], 'a grade is changed');
SELECT results_eq($$SELECT h.column_name, h.old_value, h.new_value FROM receivables.change_history AS h WHERE h.table_name = 'credit_grade' AND h.operation = 'update' ORDER BY 1$$,
    $$VALUES ('deposit_percent', '0'::jsonb, '10'::jsonb), ('from_score', '65', '70'), ('maximum_limit', 'null', '50000.25')$$, 'and the change is known');
SELECT throws_ok(format('SELECT ar.set_credit_grade(%s)', arguments), sqlstate, message, arguments || ' is refused')
FROM (VALUES ('-1, ''A'', 80', '23503', 'company -1 does not exist'), (:'eu' || ', ''E'', 80', '23514', NULL), (:'eu' || ', ''A'', 80, ''NOPE''', '23503', NULL),
             (:'eu' || ', ''A'', NULL', '23502', NULL), (:'eu' || ', ''A'', ''NaN''', '23514', NULL), (:'eu' || ', ''A'', 80, NULL, -1', '23514', NULL),
             (:'eu' || ', ''A'', 80, NULL, 0.001', '23514', 'limit 0.001 has more than 2 decimals'), (:'ot' || ', ''A'', 80, NULL, 0.5', '23514', 'limit 0.5 has more than 0 decimals'),
             (:'eu' || ', ''A'', 80, NULL, NULL, 100.1', '23514', NULL),
             (:'eu' || ', ''A'', 70', '23514', 'grade A begins at score 70, grade B at 70: a better grade begins at a higher score'),
             (:'eu' || ', ''C'', 75', '23514', 'grade B begins at score 70, grade C at 75: a better grade begins at a higher score'),
             (:'eu' || ', ''D'', 50', '23514', 'grade C begins at score 50, grade D at 50: a better grade begins at a higher score')) AS v (arguments, sqlstate, message);
SELECT lives_ok('UPDATE receivables.credit_grade SET from_score = from_score + 15 WHERE company_id = pg_temp.eu()', 'all at once as they come');
SELECT throws_ok('UPDATE receivables.credit_grade SET from_score = 100 - from_score WHERE company_id = pg_temp.eu()', '23514', NULL, 'but in order');
SELECT is(ar.set_credit_grade(:xx, 'C', 60)::text, '', 'a company may have some only');
SELECT throws_ok('SELECT ar.set_credit_grade(' || :xx || ', ''C'', 70); SELECT ar.add_standard_credit_grades(' || :xx || ')', '23514', NULL, 'where the standard ones leave no room');
SELECT is(ar.add_standard_credit_grades(:xx), 3, 'the others are entered');
SELECT is_empty('SELECT FROM receivables.payment_term WHERE payment_term = ''NET15'' AND company_id = ' || :xx, 'no term is entered for a grade that is there');

-- Due dates: document, customer, grade, company
SELECT ar.set_payment_term(:eu, 'NET7', 'A week', '{"days": 7}') IS NOT NULL AS set_term \gset
SELECT ar.set_payment_term(:eu, 'NET90', 'Ninety days', '{"days": 90}') IS NOT NULL AS set_term \gset
INSERT INTO receivables.customer (company_id, customer_number, name, grade, payment_term) VALUES
    (:eu, 'CA', 'A', 'A', NULL), (:eu, 'CB', 'B', 'B', NULL), (:eu, 'CC', 'C', 'C', NULL), (:eu, 'CD', 'D', 'D', NULL),
    (:eu, 'OWN', 'A with own term', 'A', 'NET7'), (:eu, 'NONE', 'Not graded', NULL, NULL);
CREATE FUNCTION pg_temp.post(customer text, term text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    document bigint := ar.post_invoice(pg_temp.eu(), customer, concat_ws('-', 'I', customer, term, clock_timestamp()), '2025-03-31', NULL, 10, payment_term => term);
BEGIN
    RETURN (SELECT concat_ws(' ', d.payment_term, i.due_on - i.effective_on) FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id)
            WHERE d.company_id = pg_temp.eu() AND d.document_id = document);
END $$;
SELECT is(pg_temp.post(customer, term), due, concat_ws(' ', 'customer', customer, 'term', term, 'is due by', due))
FROM (VALUES ('CA', NULL, 'NET60 60'), ('CB', NULL, 'NET30 30'), ('CC', NULL, 'NET15 15'), ('CD', NULL, 'PREPAY 0'), ('OWN', NULL, 'NET7 7'), ('CA', 'NET90', 'NET90 90'), ('OWN', 'NET90', 'NET90 90')) AS v (customer, term, due);
SELECT throws_ok('SELECT pg_temp.post(''NONE'')', '23502', NULL, 'without grade and term the due date is missing');
UPDATE receivables.company SET payment_term = 'NET90' WHERE company_id = :eu;
SELECT is(pg_temp.post('NONE'), 'NET90 90', 'else that of the company');
SELECT is(pg_temp.post('CB'), 'NET30 30', 'which comes last');
SELECT ar.set_credit_grade(:eu, 'B', 80, NULL) IS NOT NULL AS set_grade \gset
SELECT is(pg_temp.post('CB'), 'NET90 90', 'a grade without a term leaves it to the company');
SELECT is((ar.import_rows(:eu, 'invoice', (SELECT jsonb_agg(jsonb_build_object('customer_number', c, 'invoice_number', 'M' || n, 'invoice_date', '2025-02-01', 'amount', '100', 'due_date', due))
    FROM (VALUES (1, 'CA', NULL), (2, 'CC', NULL), (3, 'CA', '2025-02-03'), (4, 'NONE', NULL), (5, 'CB', NULL)) AS v (n, c, due)))).imported, 5::bigint, 'many at once');
SELECT results_eq($$SELECT d.document_number, d.payment_term, i.due_on FROM receivables.document AS d JOIN receivables.item AS i USING (company_id, document_id) WHERE d.company_id = pg_temp.eu() AND d.document_number LIKE 'M%' ORDER BY 1$$,
    $$VALUES ('M1', 'NET60', date '2025-04-02'), ('M2', 'NET15', '2025-02-16'), ('M3', NULL, '2025-02-03'), ('M4', 'NET90', '2025-05-02'), ('M5', 'NET90', '2025-05-02')$$, 'each by its own');
DELETE FROM receivables.credit_grade WHERE company_id = :eu;
SELECT is(pg_temp.post('CA'), 'NET90 90', 'a company without grades has its own term');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
