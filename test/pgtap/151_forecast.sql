-- When open items will be paid, over books whose answers are known.
BEGIN;
SET client_min_messages = warning;
SET LOCAL datestyle = 'ISO';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset
SELECT ar.create_company('F', 'Fixture', 'EUR') AS f \gset
SELECT ar.create_company('S', 'Scenarios', 'EUR') AS s \gset
SELECT ar.create_company('E', 'Empty', 'EUR') AS e \gset
INSERT INTO receivables.customer (company_id, customer_number, name, grade, region, salesperson, department)
VALUES (:f, 'C', 'Customer', NULL, NULL, NULL, NULL), (:s, 'A', 'Punctual', 'A', 'North', 'Ann', 'One'), (:s, 'D', 'Late', 'D', 'South', 'Dan', 'Two'),
       (:s, 'N', 'New', 'B', 'South', 'Dan', 'Two'), (:e, 'C', 'Customer', NULL, NULL, NULL, NULL);

-- An invoice due on a day, paid so many days after it where that is not null.
CREATE FUNCTION pg_temp.sell(company bigint, customer text, number text, due date, amount numeric, delay integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ar.post_invoice(company, customer, number, due - 30, due, amount);
    IF delay IS NOT NULL THEN
        PERFORM ar.post_payment(company, customer, 'P' || number, due + delay, amount, jsonb_build_array(jsonb_build_object('invoice_number', number, 'amount', amount)));
    END IF;
END;
$$;
-- What is expected, without the decay of old observations and without correlation.
CREATE FUNCTION pg_temp.weeks(company bigint, as_of date, weeks integer, pool_weight double precision DEFAULT 10) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', f.part, f.week, f.week_start, f.week_end, f.due, f.expected, f.p10, f.p50, f.p90)
    FROM ar.forecast_cash(company, as_of, weeks, half_life_days => 2000000000, pool_weight => pool_weight, customer_correlation => 0, common_correlation => 0) AS f
$$;

-- The worked example of the definitions: paid after 0, 5, 5, 10 and 20 days, open at 8 (1,000.00) and 15 (500.00) days past due.
SELECT count(pg_temp.sell(:f, 'C', 'I' || n, due, amount, delay)) AS sold
FROM (VALUES (1, date '2025-03-31', 100, 0), (2, '2025-03-31', 200, 5), (3, '2025-04-30', 10000, 5), (4, '2025-04-30', 1, 10), (5, '2025-05-10', 50, 20),
             (6, '2025-06-22', 1000, NULL), (7, '2025-06-15', 500, NULL)) AS v (n, due, amount, delay) \gset
SELECT is((SELECT string_agg(p.day || ' ' || round(p.survival::numeric, 3), ', ' ORDER BY p.day) FROM ar.delay_curves(:f, '2025-06-30', half_life_days => 2000000000) AS d, ar.delay_curve_points(d.curve) AS p),
          '0 0.857, 5 0.571, 8 0.571, 10 0.381, 15 0.381, 20 0.000', 'the curve of the example: items count, not amounts');
-- Of 1,000 a third comes in the next 7 days and the rest in the 7 after; of 500 all comes at once.
SELECT results_eq(format($$SELECT pg_temp.weeks(%s, '2025-06-30', 3)$$, :f),
    $$VALUES ('week 1 2025-07-01 2025-07-07 1500.00 833.33 500.00 500.00 1500.00'), ('week 2 2025-07-08 2025-07-14 0.00 666.67 0.00 1000.00 1000.00'),
             ('week 3 2025-07-15 2025-07-21 0.00 0.00 0.00 0.00 0.00'), ('later 2025-07-22 0.00 0.00'), ('never 0.00 0.00'), ('unapplied 0.00 0.00')$$, 'the worked example');
SELECT results_eq(format($$SELECT open_company_amount, days_past_due, round(within_7_days, 4), round(within_14_days, 4), ever, expected_on, basis
                           FROM ar.payment_outlook(%s, '2025-06-30', half_life_days => 2000000000) ORDER BY 1$$, :f),
    $$VALUES (500.00, 15, 1.0000, 1.0000, 1.000000, date '2025-07-05', 'customer'), (1000.00, 8, 0.3333, 1.0000, 1.000000, '2025-07-12', 'customer')$$, 'the outlook of its items');
-- An observation counts half as much as one 90 days younger: in the two hazards after day 8 the older is 4 (posted 2025-03-31) against 7 (2025-05-16) and 5 (2025-04-10).
SELECT is(ar.item_payment_probability(:f, (SELECT item_id FROM receivables.invoice WHERE company_id = :f AND invoice_number = 'I6'), 7, '2025-06-30'),
          round((0.5 ^ (91 / 90.0) / (0.5 ^ (91 / 90.0) + 0.5 ^ (45 / 90.0) + 0.5 ^ (81 / 90.0)))::numeric, 6), 'older items count less');
SELECT throws_ok(format('SELECT ar.item_payment_probability(%s, (SELECT item_id FROM receivables.invoice WHERE company_id = %1$s AND invoice_number = ''I1''), 7, ''2025-06-30'')', :f), 'P0002', NULL, 'an item that is not open');
SELECT throws_ok(format('SELECT ar.item_payment_probability(%s, 1, -1, ''2025-06-30'')', :f), '22023', NULL, 'no days');
-- By its due date alone, and before anything was paid.
SELECT results_eq(format($$SELECT part, week, due, expected, p10 FROM ar.forecast_cash(%s, '2025-03-30', 2)$$, :f),
    $$VALUES ('week', 1, 300.00, NULL::numeric, NULL::numeric), ('week', 2, 0.00, NULL, NULL), ('later', NULL, 0.00, NULL, NULL), ('never', NULL, 0.00, NULL, NULL), ('unapplied', NULL, 0.00, 0.00, NULL)$$,
    'nothing to learn from: only what is due');
SELECT ok(bool_and(within_7_days IS NULL AND ever IS NULL AND expected_on IS NULL AND basis IS NULL) AND count(*) = 2, 'nor has an item an outlook') FROM ar.payment_outlook(:f, '2025-03-30');
-- Older than anything ever paid: never, as far as is known.
SELECT results_eq(format($$SELECT part, week, due, expected FROM ar.forecast_cash(%s, '2025-08-30', 1)$$, :f),
    $$VALUES ('week', 1, 1500.00, 0.00), ('later', NULL, 0.00, 0.00), ('never', NULL, 0.00, 1500.00), ('unapplied', NULL, 0.00, 0.00)$$, 'older than anything ever paid');
SELECT ok(bool_and(within_90_days = 0 AND ever = 0 AND expected_on IS NULL), 'by its items too') FROM ar.payment_outlook(:f, '2025-08-30');
-- Two years later all of it is out of sight: what remains is not known.
SELECT ok(bool_and(ever IS NULL AND basis IS NULL), 'without history in sight') FROM ar.payment_outlook(:f, '2027-08-30');

-- No customers, no items, credits alone.
SELECT results_eq(format($$SELECT part, week, due, expected, p90 FROM ar.forecast_cash(%s, '2025-06-30', 1)$$, :e),
    $$VALUES ('week', 1, 0.00, 0.00, 0.00), ('later', NULL, 0.00, 0.00, NULL), ('never', NULL, 0.00, 0.00, NULL), ('unapplied', NULL, 0.00, 0.00, NULL)$$, 'nothing is open');
SELECT ok(ar.post_payment(:e, 'C', 'P', '2025-06-01', 70) > 0, 'a payment on account');
SELECT results_eq(format($$SELECT part, week, due, expected, p90 FROM ar.forecast_cash(%s, '2025-06-30', 1)$$, :e),
    $$VALUES ('week', 1, 0.00, 0.00, 0.00), ('later', NULL, 0.00, 0.00, NULL), ('never', NULL, 0.00, 0.00, NULL), ('unapplied', NULL, -70.00, -70.00, NULL)$$, 'credits alone');
SELECT is_empty(format('SELECT * FROM ar.payment_outlook(%s, ''2025-06-30'')', :e), 'a credit has no outlook');

-- A customer that pays on the due date, one 20 days later, and a new one; each has 100.00 due tomorrow.
SELECT count(pg_temp.sell(:s, c, c || n, due, 100, CASE WHEN n < 4 THEN delay END)) AS sold
FROM (VALUES ('A', 0), ('D', 20), ('N', NULL)) AS v (c, delay), LATERAL (VALUES (1, date '2025-03-31'), (2, '2025-04-20'), (3, '2025-05-10'), (4, '2025-07-01')) AS i (n, due)
WHERE n = 4 OR c <> 'N' \gset
CREATE FUNCTION pg_temp.scenario(company bigint, scenario jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', s.part, s.week, trim_scale(s.base), trim_scale(s.expected), trim_scale(s.difference)), ', ')
    FROM ar.forecast_scenario(company, scenario, '2025-06-30', 5, pool_weight => 0) AS s WHERE s.base <> 0 OR s.expected <> 0
$$;
-- Pool: six items at risk, half paid on the due date and the others after 20 days; the decay is the same for both.
SELECT is(pg_temp.scenario(:s, '[]'), 'week 1 150 150 0, week 3 150 150 0', 'the base: each as it paid, the new one as all together');
SELECT is((SELECT string_agg(c.customer_number || ' ' || o.basis || ' ' || o.expected_on, ', ' ORDER BY c.customer_number)
           FROM ar.payment_outlook(:s, '2025-06-30', pool_weight => 0) AS o JOIN receivables.customer AS c USING (customer_id)),
          'A customer 2025-07-01, D customer 2025-07-21, N pool 2025-07-01', 'who is judged by what');
SELECT is(pg_temp.scenario(:s, scenario::jsonb), expected, scenario) FROM (VALUES
    ('{"delay_days": 7}', 'week 1 150 0 -150, week 2 0 150 150, week 3 150 0 -150, week 4 0 150 150'),
    ('{"delay_days": 7, "customer_number": "A"}', 'week 1 150 50 -100, week 2 0 100 100, week 3 150 150 0'),
    ('{"delay_days": -7, "salesperson": "Dan"}', 'week 1 150 150 0, week 2 0 150 150, week 3 150 0 -150'),
    ('[{"delay_days": 10, "region": "North"}, {"delay_days": -3, "department": "One"}]', 'week 1 150 50 -100, week 2 0 100 100, week 3 150 150 0'),
    ('{"lost_share": 1, "grade": "D"}', 'week 1 150 150 0, week 3 150 50 -100, never 0 100 100'),
    ('[{"lost_share": 0.5, "grade": "A"}, {"lost_share": 0.5}]', 'week 1 150 50 -100, week 3 150 75 -75, never 0 175 175'),
    ('{"as_grade": "D", "grade": "A"}', 'week 1 150 50 -100, week 3 150 250 100'),
    ('{"as_grade": "D"}', 'week 1 150 0 -150, week 3 150 300 150'),
    ('{"discount_percent": 2, "discount_days": 8, "discount_share": 0.4, "customer_number": "D"}', 'week 1 150 150 0, week 2 0 39.2 39.2, week 3 150 110 -40, discount 0 0.8 0.8'),
    ('[{"discount_percent": 2, "discount_days": 8, "discount_share": 0.4, "customer_number": "D"}, {"lost_share": 0.5, "customer_number": "D"}]',
     'week 1 150 150 0, week 2 0 19.6 19.6, week 3 150 80 -70, discount 0 0.4 0.4, never 0 50 50'),
    ('{"lost_share": 1, "region": "nowhere"}', 'week 1 150 150 0, week 3 150 150 0')) AS v (scenario, expected);
-- Nobody of grade C has any history: they pay as all together do.
SELECT is(pg_temp.scenario(:s, '{"as_grade": "C", "grade": "A"}'), 'week 1 150 100 -50, week 3 150 200 50', 'a grade without history is the pool');
SELECT throws_ok(format('SELECT * FROM ar.forecast_scenario(%s, %L, ''2025-06-30'')', :s, v), '22023', NULL, 'refused: ' || v)
FROM unnest(ARRAY['null', '1', '"x"', '[1]', '{}', '[{}]', '{"delay_days": "7"}', '{"delay_days": 1.5}', '{"delay_days": 1001}', '{"delay": 7}', '{"delay_days": 1, "lost_share": 1}',
                  '{"lost_share": 1.1}', '{"lost_share": -0.1}', '{"lost_share": null}', '{"as_grade": "E"}', '{"as_grade": 1}', '{"delay_days": 1, "customer_number": "X"}',
                  '{"delay_days": 1, "region": 1}', '{"discount_percent": 2}', '{"delay_days": 1, "discount_days": 3}', '{"delay_days": 1, "discount_share": 1, "discount_days": 3}',
                  '{"discount_percent": 101, "discount_days": 1, "discount_share": 1}', '{"discount_percent": 2, "discount_days": 0, "discount_share": 1}']) AS v;
SELECT throws_ok(format('SELECT * FROM ar.forecast_scenario(%s, NULL, ''2025-06-30'')', :s), '22023', NULL, 'no scenario');
SELECT throws_like(format('SELECT * FROM ar.forecast_scenario(%s, ''[{"delay_days": 1}, {"late": 1}]'', ''2025-06-30'')', :s), 'change 2 of the scenario is wrong', 'the message names the place');

-- What is wrong is refused.
SELECT throws_ok(format('SELECT * FROM ar.forecast_cash(%s)', v), s, NULL, 'refused: ' || v)
FROM (VALUES ('-1', '23503'), ('NULL', '23503'), (:f || ', NULL', '22023'), (:f || ', ''infinity''', '22023'), (:f || ', weeks => 0', '22023'), (:f || ', weeks => 105', '22023'),
             (:f || ', weeks => NULL', '22023'), (:f || ', history_days => 0', '22023'), (:f || ', half_life_days => 0', '22023'), (:f || ', pool_weight => -1', '22023'), (:f || ', pool_weight => ''NaN''', '22023'), (:f || ', pool_weight => NULL', '22023'),
             (:f || ', ''2025-06-30'', common_correlation => 2', '22023')) AS x (v, s);

-- What comes later does not change what was forecast: payments, new invoices, a reversal, a credit note.
CREATE TEMP TABLE before AS SELECT f.* FROM ar.forecast_cash(:s, '2025-06-30') AS f;
SELECT count(pg_temp.sell(:s, c, 'L' || c || n, date '2025-08-15' + n, 100 + n, n)) AS sold FROM unnest('{A,D,N}'::text[]) AS c, generate_series(1, 5) AS n \gset
SELECT concat(ar.post_payment(:s, 'N', 'PN4', '2025-07-09', 100, '[{"invoice_number": "N4", "amount": 100}]') > 0,
              ar.post_payment(:s, 'A', 'PA4', '2025-07-03', 60, '[{"invoice_number": "A4", "amount": 60}]') > 0,
              ar.post_credit_note(:s, 'D', 'CN', '2025-07-04', 30) > 0) AS paid \gset
SELECT ar.reverse_application(:s, (SELECT application_id FROM receivables.application AS a JOIN receivables.item AS i ON i.company_id = a.company_id AND i.item_id = a.debit_item_id
    JOIN receivables.document AS d ON d.company_id = i.company_id AND d.document_id = i.document_id WHERE d.company_id = :s AND d.document_number = 'D3'), '2025-07-20', 'bounced') > 0 AS undone \gset
SELECT results_eq(format('SELECT * FROM ar.forecast_cash(%s, ''2025-06-30'')', :s), 'SELECT * FROM before', 'what comes later changes no forecast');
-- Now D3 is open again, 76 days past due, and its payment is none.
SELECT is((SELECT string_agg(p.day || ' ' || round((p.paid / p.at_risk)::numeric, 4) || ' ' || round((p.censored / p.at_risk)::numeric, 4), ', ' ORDER BY p.day)
           FROM receivables.customer AS c JOIN ar.delay_curves(:s, '2025-07-25', half_life_days => 2000000000) AS d USING (customer_id), ar.delay_curve_points(d.curve) AS p
           WHERE c.customer_number = 'D' AND c.company_id = :s AND p.day > 0), '20 0.5000 0.0000, 24 0.0000 0.5000, 76 0.0000 1.0000', 'an application undone is no payment');
-- A40 paid in part: 60 of 100 two days late, 40 unpaid.
SELECT is((SELECT round(p.paid::numeric, 4) || ' ' || round(u.censored::numeric, 4) FROM receivables.customer AS c JOIN ar.delay_curves(:s, '2025-07-25', half_life_days => 2000000000) AS d USING (customer_id),
           ar.delay_curve_points(d.curve) AS p, ar.delay_curve_points(d.curve) AS u WHERE c.customer_number = 'A' AND c.company_id = :s AND p.day = 2 AND u.day = 24), '0.6000 0.4000', 'a part paid counts as a part');
SELECT ok(ar.apply(:s, (SELECT item_id FROM receivables.credit_note WHERE company_id = :s), (SELECT item_id FROM receivables.invoice WHERE company_id = :s AND invoice_number = 'D4'), 30, '2025-07-11') > 0, 'a credit is applied');
SELECT is((SELECT round(p.paid::numeric, 4) || ' ' || round(p.censored::numeric, 4) FROM receivables.customer AS c JOIN ar.delay_curves(:s, '2025-07-25', half_life_days => 2000000000) AS d USING (customer_id),
           ar.delay_curve_points(d.curve) AS p WHERE c.customer_number = 'D' AND c.company_id = :s AND p.day = 10), '0.0000 0.3000', 'a credit note is no payment');
SELECT ok(ar.post_write_off(:s, 'D', 'W', '2025-07-12', 70, 'hopeless', 'D4') > 0, 'the rest is written off');
SELECT is((SELECT round(p.paid::numeric, 4) || ' ' || round(p.censored::numeric, 4) FROM receivables.customer AS c JOIN ar.delay_curves(:s, '2025-07-25', half_life_days => 2000000000) AS d USING (customer_id),
           ar.delay_curve_points(d.curve) AS p WHERE c.customer_number = 'D' AND c.company_id = :s AND p.day = 11), '0.0000 0.7000', 'nor is a write-off');

-- The views answer for ar.as_of(); what was not entered yet is not known.
SET LOCAL ar.as_of = '2025-06-30';
SELECT results_eq(format('SELECT part, week, week_start, week_end, due, expected, p10, p50, p90 FROM receivables.cash_forecast WHERE company_id = %s', :s), 'SELECT * FROM before', 'the view of weeks');
SELECT results_eq(format('SELECT item_id, within_30_days, basis FROM receivables.item_payment_outlook WHERE company_id = %s ORDER BY 1', :s),
                  format('SELECT item_id, within_30_days, basis FROM ar.payment_outlook(%s) ORDER BY 1', :s), 'the view of items');
SELECT results_eq(format($$SELECT part, week, due, expected FROM ar.forecast_cash(%s, '2025-06-30', 1, known_at => '2000-01-01')$$, :s),
    $$VALUES ('week', 1, 0.00, 0.00), ('later', NULL, 0.00, 0.00), ('never', NULL, 0.00, 0.00), ('unapplied', NULL, 0.00, 0.00)$$, 'before anything was entered');
RESET ar.as_of;

-- In a book of everything in three currencies, all parts come to the balance, at every date.
\ir random_book.psql
CREATE TEMP TABLE parted AS
SELECT d::date AS as_of, f.* FROM generate_series(date '2025-01-10', '2025-07-10', '17 days') AS d, ar.forecast_cash(pg_temp.random_company(), d::date, 8) AS f;
CREATE FUNCTION pg_temp.balance(on_date date) RETURNS numeric LANGUAGE sql AS $$
    SELECT coalesce(sum(o.open_company_amount), 0) FROM ar.open_items(on_date) AS o WHERE o.company_id = pg_temp.random_company()
$$;
SELECT is_empty('SELECT as_of, sum(due), pg_temp.balance(as_of) FROM parted GROUP BY as_of HAVING sum(due) <> pg_temp.balance(as_of)', 'what is due comes to the balance');
SELECT is_empty('SELECT as_of, sum(expected), pg_temp.balance(as_of) FROM parted GROUP BY as_of HAVING sum(expected) <> pg_temp.balance(as_of) AND count(expected) = 11', 'so does what is expected');
SELECT ok(count(*) FILTER (WHERE part = 'week' AND expected > 0) > 10, 'something is expected') FROM parted;
SELECT is_empty('SELECT * FROM parted WHERE expected < -0.05 AND part <> ''unapplied'' OR p10 > p50 OR p50 > p90 OR (part = ''week'') <> (week_end IS NOT NULL)', 'nothing is negative, and percentiles ascend');
SELECT is_empty($$SELECT p.as_of FROM (SELECT as_of, sum(expected) AS expected FROM parted WHERE part = 'week' AND week = 1 GROUP BY 1) AS p
                  WHERE abs(p.expected - (SELECT coalesce(sum(o.open_company_amount * o.within_7_days), 0) FROM ar.payment_outlook(pg_temp.random_company(), p.as_of) AS o)) > 0.05$$, 'weeks and items agree');
SELECT is_empty('SELECT * FROM ar.check_ledger()', 'the books are sound');
SELECT * FROM finish();
ROLLBACK;
