-- What customers could lose their company, against their limits.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('EU', 'Europe', 'EUR') AS eu \gset
SELECT set_config('test.eu', :'eu', true) = :'eu' AS eu_set \gset
CREATE FUNCTION pg_temp.eu() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT current_setting('test.eu')::bigint$$;
CREATE FUNCTION pg_temp.customer(number text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT c.customer_id FROM receivables.customer AS c WHERE c.company_id = pg_temp.eu() AND c.customer_number = number$$;
CREATE FUNCTION pg_temp.position(number text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', e.exposure, coalesce(e.effective_limit::text, 'unlimited'), coalesce(e.utilisation::text, 'null'), coalesce(e.headroom::text, 'null'), e.over_limit)
    FROM receivables.credit_exposure AS e WHERE e.company_id = pg_temp.eu() AND e.customer_number = number$$;
CREATE FUNCTION pg_temp.order(number text, customer text, amount numeric, VARIADIC fields text[] DEFAULT '{}') RETURNS bigint LANGUAGE sql AS $$
    SELECT i.imported FROM ar.import_rows(pg_temp.eu(), 'order', jsonb_build_array(jsonb_build_object('order_number', number, 'customer_number', customer,
        'order_date', current_date, 'amount', amount::text) || CASE WHEN fields = '{}' THEN '{}' ELSE jsonb_object(fields) END)) AS i$$;

-- The vector: 120 + 0 + 15 + 40 - 5 = 170 of 200
SELECT lives_ok($$SELECT ar.import_rows(pg_temp.eu(), 'customer', '[{"customer_number": "V", "name": "Vector", "credit_limit": "200"}, {"customer_number": "N", "name": "No limit", "grade": "B"},
    {"customer_number": "Z", "name": "Nothing allowed", "credit_limit": "0", "grade": "A"}, {"customer_number": "U", "name": "Ungraded"}]')$$, 'customers');
SELECT is(ar.post_invoice(:eu, 'V', 'V1', current_date - 10, current_date + 20, 120) > 0 AND ar.post_payment(:eu, 'V', 'P1', current_date - 1, 5) > 0, true, '120 open, 5 unapplied');
SELECT is(pg_temp.order('VO1', 'V', 15, 'status', 'delivered') + pg_temp.order('VO2', 'V', 40), 2::bigint, '15 delivered, 40 ordered');
SELECT is(pg_temp.position('V'), '170.00 200.00 0.850000 30.00 f', '170 of 200 are 85 percent, 30 is left');
SELECT results_eq('SELECT open_debits, delivered_orders, open_orders, unapplied_amount FROM ar.credit_exposure(pg_temp.eu(), pg_temp.customer(''V''))', 'VALUES (120.00, 15.00, 40.00, -5.00)', 'by its parts');
SELECT is(pg_temp.order('VO2', 'V', 70), 1::bigint, 'up to the limit');
SELECT is(pg_temp.position('V'), '200.00 200.00 1.000000 0.00 f', 'is not over it');
SELECT is(pg_temp.order('VO2', 'V', 70.01), 1::bigint, 'a cent more');
SELECT is(pg_temp.position('V'), '200.01 200.00 1.000050 -0.01 t', 'is');
SELECT is(pg_temp.order('VO2', 'V', 70.01, 'status', 'closed'), 1::bigint, 'a closed order');
SELECT is(pg_temp.position('V'), '130.00 200.00 0.650000 70.00 f', 'does not count');
SELECT is(ar.post_invoice(:eu, 'V', 'V2', current_date + 5, current_date + 20, 10) > 0, true, 'an invoice of a later date');
SELECT is(pg_temp.position('V'), '140.00 200.00 0.700000 60.00 f', 'counts already');
SELECT is(ar.post_payment(:eu, 'V', 'P2', current_date + 5, 50) > 0, true, 'a payment of a later date');
SELECT is(pg_temp.position('V'), '140.00 200.00 0.700000 60.00 f', 'not yet');

-- Past dates
SET LOCAL ar.as_of = '2020-01-01';
SELECT is(pg_temp.position('V'), '0.00 200.00 0.000000 200.00 f', 'nothing was owed then, nothing ordered');
RESET ar.as_of;
SELECT is((ar.credit_exposure(:eu, pg_temp.customer('V'), current_date - 5)).exposure, 120.00, 'before the payment and the order');

-- No limit, none by grade, 0
SELECT is(ar.post_invoice(:eu, n, n || '1', current_date, current_date, 50) > 0, true, n || ' owes 50') FROM unnest('{N,Z,U}'::text[]) AS n;
SELECT is(pg_temp.position('N'), '50.00 unlimited null null f', 'no limit and no policy: unlimited');
SELECT is(pg_temp.position('Z'), '50.00 0.00 null -50.00 t', '0 allows nothing and has no utilisation');
INSERT INTO receivables.credit_grade (company_id, grade, from_score, maximum_limit) VALUES (:eu, 'B', 65, 40), (:eu, 'A', 80, 1000);
SELECT is(pg_temp.position('N'), '50.00 40.00 1.250000 -10.00 t', 'then that of its grade');
SELECT is(pg_temp.position('Z'), '50.00 0.00 null -50.00 t', 'a limit of its own goes before that of the grade');
SELECT is(pg_temp.position('U'), '50.00 unlimited null null f', 'without a grade unlimited');
INSERT INTO receivables.credit_policy (company_id, limit_without_value) VALUES (:eu, 'unlimited');
SELECT is(pg_temp.position('N'), '50.00 unlimited null null f', 'unlimited by policy');
UPDATE receivables.credit_policy SET limit_without_value = 'none';
SELECT is(pg_temp.position(n), '50.00 0.00 null -50.00 t', 'nothing without a limit, by policy: ' || n) FROM unnest('{N,U}'::text[]) AS n;
SELECT is(pg_temp.position('V'), '140.00 200.00 0.700000 60.00 f', 'who has a limit keeps it');
UPDATE receivables.credit_policy SET limit_without_value = 'grade', invoice_over_limit = 'allow';
SELECT throws_ok('UPDATE receivables.credit_policy SET limit_without_value = ''any''', '23514', NULL, 'a policy that there is not');
SELECT throws_ok('UPDATE receivables.customer SET credit_limit = -1', '23514', NULL, 'no limit is negative');

-- A horizon for orders
SELECT is(pg_temp.order('H' || d, 'U', 10, VARIADIC CASE WHEN d < 999 THEN ARRAY['delivery_date', (current_date + d)::text] ELSE '{}' END), 1::bigint, 'delivery in ' || d || ' days') FROM unnest('{-3,0,30,31,999}'::integer[]) AS d;
SELECT is((ar.credit_exposure(:eu, pg_temp.customer('U'))).open_orders, 50.00, 'all of them without a horizon');
UPDATE receivables.credit_policy SET order_horizon_days = 30;
SELECT is((ar.credit_exposure(:eu, pg_temp.customer('U'))).open_orders, 40.00, 'late ones, those of 30 days and those without a date');
SELECT is(pg_temp.order('H31', 'U', 10, 'status', 'delivered'), 1::bigint, 'delivered ahead of time');
SELECT is((ar.credit_exposure(:eu, pg_temp.customer('U'))).delivered_orders, 10.00, 'counts whenever it was due');
UPDATE receivables.credit_policy SET order_horizon_days = NULL;

-- For a time; insured
SELECT ok(ar.set_temporary_limit(:eu, 'V', 500, 'season', current_date + 1, current_date - 1) > 0, 'a limit for three days');
SELECT is((ar.credit_exposure(:eu, pg_temp.customer('V'), current_date + d)).effective_limit, l, 'on day ' || d) FROM (VALUES (-2, 200.00), (-1, 500.00), (0, 500.00), (1, 500.00), (2, 200.00)) AS v (d, l);
SELECT is((ar.credit_exposure(:eu, pg_temp.customer('V'))).credit_limit, 200.00, 'its own stays known');
SELECT ok(ar.set_temporary_limit(:eu, 'V', 100, 'not so much', current_date) > 0, 'a later one');
SELECT is(pg_temp.position('V'), '140.00 100.00 1.400000 -40.00 t', 'goes before the earlier, also down');
SELECT ok(ar.set_temporary_limit(:eu, 'V', 0, 'nothing', current_date) > 0, '0 for a time');
SELECT is(pg_temp.position('V'), '140.00 0.00 null -140.00 t', 'allows nothing');
UPDATE receivables.temporary_limit SET valid_through = current_date - 1 WHERE valid_through = current_date;
SELECT is(pg_temp.position('V'), '140.00 500.00 0.280000 360.00 f', 'ended, the first holds again');
SELECT is((SELECT count(*) FROM receivables.change_log AS l WHERE l.table_name = 'temporary_limit'), 2::bigint, 'and that it was ended is logged');
SELECT throws_ok($$SELECT ar.set_temporary_limit(pg_temp.eu(), 'V', 500, ' ', current_date)$$, '23514', NULL, 'not without a reason');
SELECT throws_ok($$SELECT ar.set_temporary_limit(pg_temp.eu(), 'V', 500, 'x', NULL)$$, '23502', NULL, 'nor without an end');
SELECT throws_ok($$SELECT ar.set_temporary_limit(pg_temp.eu(), 'X', 500, 'x', current_date)$$, '23503', 'customer X does not exist', 'nor for nobody');
INSERT INTO receivables.credit_insurance (company_id, customer_id, insurer, amount, valid_from, valid_through)
VALUES (:eu, pg_temp.customer('V'), 'Insurer', 90, current_date - 9, 'infinity'), (:eu, pg_temp.customer('V'), 'Bank', 10, current_date, current_date), (:eu, pg_temp.customer('V'), 'Old', 5, current_date - 9, current_date - 1);
SELECT results_eq('SELECT e.exposure, e.insured_amount FROM ar.credit_exposure(pg_temp.eu(), pg_temp.customer(''V'')) AS e', 'VALUES (140.00, 100.00)', 'covers of the day stand beside, nothing is taken off');

-- Groups
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'customer', '[{"customer_number": "G2", "name": "Child", "credit_limit": "100", "parent_number": "G1"}, {"customer_number": "G3", "name": "Child", "parent_number": "G1"},
    {"customer_number": "G1", "name": "Parent", "credit_limit": "120"}]') AS i), 3::bigint, 'a parent that comes with its children, after them');
SELECT is((SELECT i.unchanged FROM ar.import_rows(:eu, 'customer', '[{"customer_number": "G2", "name": "Child", "parent_number": "G1"}]') AS i), 1::bigint, 'the same again');
SELECT is((SELECT count(*) FROM receivables.customer AS c WHERE c.parent_customer_id = pg_temp.customer('G1')), 2::bigint, 'it has two');
SELECT is(ar.post_invoice(:eu, v.c, v.c || '1', current_date, current_date, v.a) > 0, true, 'an invoice of ' || v.c) FROM (VALUES ('G1', 10), ('G2', 30), ('G3', 50)) AS v (c, a);
SELECT results_eq($$SELECT e.customer_number, e.exposure, e.effective_limit, e.group_exposure, e.group_limit, e.headroom, e.over_limit FROM receivables.credit_exposure AS e WHERE e.customer_number LIKE 'G_' ORDER BY 1$$,
    $$VALUES ('G1', 10.00, 120.00, 90.00, 120.00, 30.00, false), ('G2', 30.00, 100.00, 90.00, 120.00, 30.00, false), ('G3', 50.00, NULL, 90.00, 120.00, 30.00, false)$$, 'the limit of the parent bounds all of them');
SELECT is(pg_temp.order('GO', 'G2', 40), 1::bigint, 'an order of a child');
SELECT results_eq($$SELECT e.customer_number, e.group_exposure, e.headroom, e.over_limit, e.hold_state FROM receivables.credit_exposure AS e WHERE e.customer_number LIKE 'G_' ORDER BY 1$$,
    $$VALUES ('G1', 130.00, -10.00, true, 'held'), ('G2', 130.00, -10.00, true, 'held'), ('G3', 130.00, -10.00, true, 'held')$$, 'is over that of all');
SELECT results_eq($$SELECT f.row_number, f.sqlstate, f.reason FROM ar.check_rows(pg_temp.eu(), 'customer', '[{"customer_number": "G4", "name": "x", "parent_number": "G2"}, {"customer_number": "G1", "name": "x", "parent_number": "V"},
    {"customer_number": "G5", "name": "x", "parent_number": "G5"}, {"customer_number": "G6", "name": "x", "parent_number": "NO"}, {"customer_number": "G7", "name": "x", "parent_number": "G4"}]') AS f ORDER BY 1$$,
    $$VALUES (1::bigint, '23514', 'customer G2 has a parent itself'), (2, '23514', 'customer G1 is a parent itself'), (3, '23514', 'a customer is not its own parent'), (4, '23503', 'customer NO does not exist'), (5, '23514', 'customer G4 has a parent itself')$$, 'groups have one level');
SELECT throws_ok($$UPDATE receivables.customer SET parent_customer_id = pg_temp.customer('G2') WHERE customer_number = 'V'$$, '23514', 'customer V cannot have customer G2 as its parent', 'whoever writes');
SELECT throws_ok($$UPDATE receivables.customer SET parent_customer_id = pg_temp.customer('V') WHERE customer_number = 'G1'$$, '23514', 'customer G1 cannot have customer V as its parent', 'a parent gets none');
SELECT throws_ok($$UPDATE receivables.customer SET parent_customer_id = customer_id WHERE customer_number = 'V'$$, '23514', NULL, 'nor itself');
SELECT is((SELECT i.imported FROM ar.import_rows(:eu, 'customer', '[{"customer_number": "G2", "name": "Child", "parent_number": null}, {"customer_number": "G3", "name": "Child"}]') AS i), 1::bigint, 'a child leaves, what is not given stays');
SELECT results_eq($$SELECT e.customer_number, e.group_exposure FROM receivables.credit_exposure AS e WHERE e.customer_number LIKE 'G_' ORDER BY 1$$, $$VALUES ('G1', 60.00), ('G2', NULL), ('G3', 60.00)$$, 'with what it owes');
SELECT throws_ok('SELECT ar.credit_exposure(pg_temp.eu(), -1)', '23503', 'customer -1 does not exist', 'no exposure of nobody');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');

-- A random book, against a plain sum over documents and applications
\ir random_book.psql
INSERT INTO receivables.credit_policy (company_id, order_horizon_days, hold_overdue_days) VALUES (pg_temp.random_company(), 40, 60);
UPDATE receivables.customer AS c SET credit_limit = v.amount, parent_customer_id = (SELECT p.customer_id FROM receivables.customer AS p WHERE p.company_id = c.company_id AND p.customer_number = v.parent)
FROM (VALUES ('R1', 40000, NULL), ('R2', 0, 'R1'), ('R3', NULL, 'R1'), ('R4', 3000, NULL)) AS v (number, amount, parent) WHERE c.company_id = pg_temp.random_company() AND c.customer_number = v.number;
SELECT count(*) AS orders FROM ar.import_rows(pg_temp.random_company(), 'order', (
    SELECT jsonb_agg(jsonb_build_object('order_number', 'N' || n, 'customer_number', 'R' || 1 + n % 4, 'order_date', date '2025-01-01' + n, 'delivery_date', CASE WHEN n % 3 > 0 THEN date '2025-01-01' + n + n % 70 END,
        'status', (ARRAY['reserved', 'open', 'delivered', 'closed', 'cancelled'])[1 + n % 5], 'amount', (1000 + n)::text, 'currency', CASE n % 4 WHEN 1 THEN 'JPY' ELSE 'CNY' END, 'exchange_rate', CASE n % 4 WHEN 1 THEN '0.05' END))
    FROM generate_series(1, 150) AS n)) \gset
-- Invoices that bill some of them: in part, in full, beyond, in another currency; one of them reversed
SELECT count(ar.post_invoice(pg_temp.random_company(), 'R' || 1 + n % 4, 'B' || n, date '2025-02-01' + n, date '2025-03-01' + n, 300 + n * 10, order_reference => 'N' || n)) AS billed FROM generate_series(3, 148, 5) AS n \gset
SELECT count(ar.reverse_document(pg_temp.random_company(), d.document_id, d.document_date + 3, 'wrong')) AS reversed FROM receivables.document AS d WHERE d.company_id = pg_temp.random_company() AND d.document_number IN ('B8', 'B53') \gset
CREATE FUNCTION pg_temp.oracle(at date) RETURNS TABLE (customer_number text, debits numeric, credits numeric, delivered numeric, ordered numeric) LANGUAGE sql AS $$
    SELECT c.customer_number, coalesce(i.debits, 0), coalesce(i.credits, 0), coalesce(o.delivered, 0), coalesce(o.ordered, 0)
    FROM receivables.customer AS c
    LEFT JOIN (SELECT x.customer_id, sum(greatest(x.open, 0)) AS debits, sum(least(x.open, 0)) AS credits
               FROM (SELECT i.customer_id, i.company_amount - sign(i.company_amount) * coalesce((
                                SELECT sum(a.company_amount) FROM receivables.application AS a
                                WHERE a.company_id = i.company_id AND i.item_id IN (a.debit_item_id, a.credit_item_id) AND a.effective_on <= at), 0) AS open
                     FROM receivables.item AS i WHERE i.company_id = pg_temp.random_company() AND i.effective_on <= at) AS x
               GROUP BY x.customer_id) AS i USING (customer_id)
    LEFT JOIN (SELECT x.customer_id, sum(x.value) FILTER (WHERE x.status = 'delivered') AS delivered, sum(x.value) FILTER (WHERE x.status IN ('reserved', 'open')) AS ordered
               FROM (SELECT s.customer_id, s.status,
                            round(s.company_amount * (1 - least(coalesce(sum(CASE WHEN d.currency = s.currency THEN d.amount ELSE round(d.company_amount / s.exchange_rate) END), 0), s.amount) / s.amount), 2) AS value
                     FROM receivables.sales_order AS s
                     LEFT JOIN receivables.document AS d ON d.company_id = s.company_id AND d.document_number IN ('B' || substr(s.order_number, 2), 'B' || substr(s.order_number, 2) || '/reversal')
                     WHERE s.company_id = pg_temp.random_company() AND s.order_date <= at AND (s.status = 'delivered' OR s.delivery_date IS NULL OR s.delivery_date - 40 <= at)
                     GROUP BY s.company_id, s.order_id) AS x
               GROUP BY x.customer_id) AS o USING (customer_id)
    WHERE c.company_id = pg_temp.random_company()$$;
SELECT ok(bool_and(o.debits > 0 AND o.credits < 0 AND o.delivered > 0 AND o.ordered > 0), 'the book has all of it') FROM pg_temp.oracle('2025-05-15') AS o;
CREATE TEMPORARY TABLE compared AS
SELECT d.at, o.*, e.* FROM (SELECT date '2025-01-05' + n * 9 AS at FROM generate_series(0, 20) AS n) AS d
CROSS JOIN LATERAL pg_temp.oracle(d.at) AS o
JOIN receivables.customer AS c ON c.company_id = pg_temp.random_company() AND c.customer_number = o.customer_number
CROSS JOIN LATERAL ar.credit_exposure(c.company_id, c.customer_id, d.at) AS e;
SELECT is((SELECT count(*) FROM compared), 84::bigint, 'four customers on 21 days');
SELECT is_empty('SELECT at, customer_number, debits, open_debits, credits, unapplied_amount, delivered, delivered_orders, ordered, open_orders FROM compared
    WHERE (debits, credits, delivered, ordered) IS DISTINCT FROM (open_debits, unapplied_amount, delivered_orders, open_orders)', 'the parts are what a plain sum says');
SELECT is_empty($$SELECT * FROM compared WHERE exposure <> debits + credits + delivered + ordered OR utilisation IS DISTINCT FROM round(exposure / nullif(credit_limit, 0), 6)$$, 'and so the whole');
SELECT is_empty($$SELECT * FROM compared AS x WHERE x.customer_number IN ('R1', 'R2', 'R3') AND (x.group_exposure, x.group_limit) IS DISTINCT FROM
    ((SELECT sum(y.exposure) FROM compared AS y WHERE y.at = x.at AND y.customer_number <> 'R4'), 40000.00)$$, 'of the group too');
SELECT is_empty($$SELECT * FROM compared AS x WHERE x.headroom IS DISTINCT FROM least(x.credit_limit - x.exposure, x.group_limit - x.group_exposure) OR x.over_limit IS DISTINCT FROM coalesce(x.headroom < 0, false)
    OR (x.customer_number = 'R4') <> (x.group_limit IS NULL)$$, 'headroom is the lesser');
SELECT ok(bool_or(x.over_limit) AND bool_or(NOT x.over_limit) AND bool_or('overdue_days' = ANY (x.holds)) AND bool_or(x.holds = '{}'), 'some are over their limit, some held, some not') FROM compared AS x;
SET LOCAL ar.as_of = '2025-05-15';
SELECT set_eq('SELECT v.customer_id, v.currency, v.credit_limit, v.effective_limit, v.open_debits, v.delivered_orders, v.open_orders, v.unapplied_amount, v.exposure, v.utilisation, v.headroom, v.over_limit, v.group_limit, v.group_exposure, v.holds
        FROM receivables.credit_exposure AS v WHERE v.company_id = pg_temp.random_company()',
    'SELECT c.customer_id, e.currency, e.credit_limit, e.effective_limit, e.open_debits, e.delivered_orders, e.open_orders, e.unapplied_amount, e.exposure, e.utilisation, e.headroom, e.over_limit, e.group_limit, e.group_exposure, e.holds
        FROM receivables.customer AS c, LATERAL ar.credit_exposure(c.company_id, c.customer_id, ''2025-05-15'') AS e WHERE c.company_id = pg_temp.random_company()', 'the view says the same of all');
RESET ar.as_of;
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
