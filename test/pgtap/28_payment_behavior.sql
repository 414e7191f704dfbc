-- How receipts come in, as a value: the worked examples of the definitions, and random receipts against plain SQL.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
-- The operators are in schema ar.
SET LOCAL search_path TO public, ar;
SELECT no_plan();

-- 100 paid in 10 days and 1,000 in 20, due after 15: 5 days early and 5 late.
CREATE TEMP TABLE example AS
SELECT ar.payment_behavior_agg(amount, '2025-01-01', '2025-01-16', paid_on) AS b
FROM (VALUES (100.00, date '2025-01-11'), (1000.00, '2025-01-21')) AS v (amount, paid_on);

SELECT is(round(ar.weighted_days_to_pay(b), 2), 19.09, 'weighted days to pay') FROM example;
SELECT is(ar.mean_days_to_pay(b), 15::numeric, 'simple mean of days to pay') FROM example;
SELECT is(round(ar.weighted_days_late(b), 2), 4.09, 'weighted days late') FROM example;
SELECT is(round(ar.weighted_days_late_floored(b), 2), 4.55, 'weighted days late, early as 0') FROM example;
SELECT is(ar.mean_days_late(b), 0::numeric, 'simple mean of days late') FROM example;
SELECT is(ar.weighted_terms(b), 15::numeric, 'weighted terms') FROM example;
SELECT is(ar.item_count(b), 2::bigint, 'receipts') FROM example;
SELECT is(ar.late_count(b), 1::bigint, 'late receipts') FROM example;
SELECT is(ar.late_share(b), 0.5, 'late share by number') FROM example;
SELECT is(round(ar.late_amount_share(b), 6), 0.909091, 'late share by amount') FROM example;
SELECT is(ar.total(b)::text, '1100.00', 'total') FROM example;
SELECT is(ar.late_amount(b)::text, '1000.00', 'late amount') FROM example;
SELECT is(ar.best_days_late(b), -5::bigint, 'best') FROM example;
SELECT is(ar.worst_days_late(b), 5::bigint, 'worst') FROM example;
SELECT is(ar.payment_index(b), NULL::numeric, 'two receipts have no index') FROM example;
SELECT is(ar.days_late_trend(b), NULL::numeric, 'two receipts have no trend') FROM example;
-- 9,142 and 9,152 days after 2000-01-01; points 82.5 and 80 - 10/3, in parts of 84.
SELECT is(b::text, format('{2,1}{-5,5}{1100.00,1000.00,16500.00,4500.00,5000.00,%s.00}{30,0,%s,%s,50}',
                          6930 * 100 + 6440 * 1000, 9142 + 9152, 9142 * 9142 + 9152 * 9152), 'text form') FROM example;
SELECT is(b::jsonb - '{total,late_amount}'::text[],
          '{"item_count": 2, "late_count": 1, "weighted_days_to_pay": 19.09, "weighted_terms": 15.00, "weighted_days_late": 4.09,
            "weighted_days_late_floored": 4.55, "best_days_late": -5, "worst_days_late": 5, "days_late_trend": null,
            "payment_index": null}'::jsonb, 'as a document') FROM example;

-- 3,000 prompt and 7,000 30 days late: 59, not 61.4. The 7,000 in two receipts, for there to be three.
SELECT is(ar.payment_index(ar.payment_behavior_agg(amount, '2025-01-01', '2025-01-31', date '2025-01-31' + late)), 59::numeric,
          'payment index: mean of the scores')
FROM (VALUES (3000, 0), (4000, 30), (3000, 30)) AS v (amount, late);
SELECT is(ar.payment_score(late), score::numeric, format('score of %s days late', late))
FROM (VALUES (-1000, 100), (-31, 100), (-30, 100), (-25, 95), (-20, 90), (-10, 85), (0, 80), (15, 70), (22, 60), (26, 55), (30, 50),
             (45, 45), (60, 40), (90, 30), (120, 20), (123, 19), (174, 2), (177, 1), (178, 1), (2147483647, 1)) AS v (late, score);
SELECT is(round(ar.payment_score(1), 6), 79.333333, 'score between anchors is not rounded');
SELECT is(array_agg(DISTINCT sign(s - next)), '{1}'::numeric[], 'each day from -30 to 177 costs')
FROM (SELECT ar.payment_score(d) AS s, ar.payment_score(d + 1) AS next FROM generate_series(-30, 176) AS d) AS v;

-- days late rise by 6 each month of 30 days
SELECT is(ar.days_late_trend(ar.payment_behavior_agg(amount, '2024-01-01', due, paid)), 6::numeric, 'trend: 6 days more in 30')
FROM (SELECT (n % 3 + 1) * 10 AS amount, paid - n AS due, paid
      FROM (SELECT n, date '2025-01-01' + 5 * n AS paid FROM generate_series(0, 9) AS n) AS p) AS v;
SELECT is(ar.days_late_trend(ar.payment_behavior_agg(10, '2024-01-01', date '2025-01-01' - n, '2025-01-01')), NULL::numeric,
          'no trend where all were paid on one day') FROM generate_series(1, 5) AS n;

-- what is no receipt
SELECT is(ar.payment_behavior_agg(NULL::numeric, '2025-01-01', NULL, NULL), NULL::ar.payment_behavior, 'nothing but nulls: null');
SELECT is((SELECT ar.payment_behavior_agg(1, '2025-01-01', '2025-01-01', '2025-01-01') WHERE false), NULL::ar.payment_behavior, 'no rows: null');
SELECT is(ar.item_count(ar.payment_behavior_agg(a, '2025-01-01', '2025-01-01', '2025-01-02')), 2::bigint, 'null amounts are skipped')
FROM (VALUES (1), (NULL), (2)) AS v (a);
SELECT is(ARRAY[ar.weighted_days_to_pay(b), ar.weighted_days_late(b), ar.weighted_days_late_floored(b), ar.weighted_terms(b),
                ar.late_amount_share(b), ar.payment_index(b)], array_fill(NULL::numeric, '{6}'), 'no amount: no weighted means')
FROM (SELECT ar.payment_behavior_agg(0, '2025-01-01', '2025-01-01', '2025-01-02') AS b FROM generate_series(1, 3)) AS z;
SELECT throws_ok(format('SELECT ar.payment_behavior_agg(%s)', args), state, NULL, args)
FROM (VALUES ($$1, NULL, '2025-01-01', '2025-01-01'$$, '22004'), ($$1, '2025-01-01', NULL, '2025-01-01'$$, '22004'),
             ($$1, '2025-01-01', '2025-01-01', NULL$$, '22004'), ($$1, '2025-01-01', '2025-01-01', 'infinity'$$, '22008'),
             ($$1, '-infinity', '2025-01-01', '2025-01-01'$$, '22008'), ($$'NaN', '2025-01-01', '2025-01-01', '2025-01-01'$$, '22003'),
             ($$'Infinity', '2025-01-01', '2025-01-01', '2025-01-01'$$, '22003'),
             ($$-0.01, '2025-01-01', '2025-01-01', '2025-01-01'$$, '22023'),
             ($$1e153, '2025-01-01', '2025-01-01', '2025-01-01'$$, '22003')) AS v (args, state);
SELECT throws_ok('SELECT ar.payment_behavior_accum(NULL, 1, ''2025-01-01'', ''2025-01-01'', ''2025-01-01'')', '42809', NULL,
                 'the transition function is for the aggregate');

-- random receipts, amounts of few and many digits, dates of any age, against plain SQL
SELECT setseed(0.28);
CREATE TEMP TABLE receipt AS
SELECT n, n % 7 AS customer, n % 3 AS period,
       CASE n % 7 WHEN 5 THEN round((random() * 1e30)::numeric, 4) WHEN 6 THEN round(random()::numeric, 9)
                  ELSE round((random() * 100000)::numeric, 2) END AS amount,
       d AS invoiced, d + (random() * 90)::integer AS due, d + (random() * 150)::integer AS paid
FROM (SELECT n, date '1999-01-01' + (random() * 9000)::integer AS d FROM generate_series(1, 3000) AS n) AS g;
INSERT INTO receipt VALUES (0, 4, 1, 12.3, '4713-01-01 BC', '2025-01-01', '5874897-12-31');
CREATE TEMP TABLE behavior AS
SELECT customer, period, ar.payment_behavior_agg(amount, invoiced, due, paid) AS b FROM receipt GROUP BY customer, period;
CREATE TEMP TABLE expected AS
SELECT customer, count(*) AS items, count(*) FILTER (WHERE paid > due) AS late, sum(amount) AS total,
       coalesce(sum(amount) FILTER (WHERE paid > due), 0) AS late_amount,
       round(sum(amount * (paid - invoiced)) / sum(amount), 9) AS to_pay, round(sum(amount * (due - invoiced)) / sum(amount), 9) AS terms,
       round(sum(amount * (paid - due)) / sum(amount), 9) AS days_late,
       round(sum(amount * greatest(paid - due, 0)) / sum(amount), 9) AS floored,
       round(avg((paid - invoiced)::numeric), 9) AS mean_to_pay, round(avg((paid - due)::numeric), 9) AS mean_late,
       min(paid - due)::bigint AS best, max(paid - due)::bigint AS worst,
       round(sum(amount * ar.payment_score(paid - due)) / sum(amount), 9) AS index,
       -- slope as the definition has it, in exact numbers
       round(30 * (count(*) * sum(x * y) - sum(x) * sum(y)) / (count(*) * sum(x * x) - sum(x) * sum(x)), 9) AS trend
FROM (SELECT *, (paid - date '2000-01-01')::numeric AS x, (paid - due)::numeric AS y FROM receipt) AS r
GROUP BY GROUPING SETS ((customer), ());
CREATE TEMP TABLE rolled AS
SELECT customer, ar.payment_behavior_agg(b) AS b FROM behavior GROUP BY GROUPING SETS ((customer), ());
SELECT is(count(*), 8::bigint, 'groups of random receipts') FROM rolled;
SELECT results_eq($$SELECT customer, ar.item_count(b), ar.late_count(b), ar.total(b)::text, ar.late_amount(b), round(ar.weighted_days_to_pay(b), 9),
                           round(ar.weighted_terms(b), 9), round(ar.weighted_days_late(b), 9), round(ar.weighted_days_late_floored(b), 9),
                           round(ar.mean_days_to_pay(b), 9), round(ar.mean_days_late(b), 9), ar.best_days_late(b), ar.worst_days_late(b),
                           round(ar.payment_index(b), 9), round(ar.days_late_trend(b), 9)
                    FROM rolled ORDER BY 1$$,
                  $$SELECT customer, items, late, total::text, late_amount, to_pay, terms, days_late, floored, mean_to_pay, mean_late,
                           best, worst, index, trend FROM expected ORDER BY 1$$,
                  'rolled up from periods, as plain SQL has it');
SELECT is(count(*) FILTER (WHERE round(ar.weighted_days_to_pay(b), 10) = round(ar.weighted_terms(b) + ar.weighted_days_late(b), 10)), count(*),
          'days to pay are terms and days late') FROM behavior;
SELECT is(a.b, r.b, 'rolling up is aggregating') FROM rolled AS r,
     (SELECT ar.payment_behavior_agg(amount, invoiced, due, paid) AS b FROM receipt) AS a WHERE r.customer IS NULL;
SELECT is(bool_and(x.b + y.b = y.b + x.b AND (x.b + y.b) + x.b = x.b + (y.b + x.b)), true, '+ in any order') FROM behavior AS x, behavior AS y;
SELECT is(x.b + y.b, z.b, '+ is the aggregate of both')
FROM (SELECT ar.payment_behavior_agg(amount, invoiced, due, paid) FILTER (WHERE n % 2 = 0),
             ar.payment_behavior_agg(amount, invoiced, due, paid) FILTER (WHERE n % 2 = 1),
             ar.payment_behavior_agg(amount, invoiced, due, paid) FROM receipt) AS v (a, b, c),
     LATERAL (SELECT a) AS x (b), LATERAL (SELECT v.b) AS y (b), LATERAL (SELECT c) AS z (b);

-- in parallel, states of workers put together
CREATE TABLE public.receipt_of_all AS SELECT * FROM receipt;
ANALYZE public.receipt_of_all;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS off) ' || query; END$$;
SELECT is(count(*), 1::bigint, 'planned in parallel')
FROM pg_temp.plan_of('SELECT ar.payment_behavior_agg(amount, invoiced, due, paid) FROM public.receipt_of_all') AS p (line) WHERE line ~ 'Partial Aggregate';
SELECT is(b, (SELECT r.b FROM rolled AS r WHERE r.customer IS NULL), 'in parallel')
FROM (SELECT ar.payment_behavior_agg(amount, invoiced, due, paid) AS b FROM public.receipt_of_all) AS a;
-- over a window the states of earlier rows stay as they were
SELECT results_eq('SELECT n, ar.item_count(b), ar.total(b) FROM (SELECT n, ar.payment_behavior_agg(amount, invoiced, due, paid) OVER (ORDER BY n) AS b FROM receipt WHERE n < 40) AS w ORDER BY n',
                  'SELECT n, count(*) OVER (ORDER BY n), sum(amount) OVER (ORDER BY n) FROM receipt WHERE n < 40 ORDER BY n', 'over a window');

-- text and binary carry all of it
SELECT is(bool_and(b::text::ar.payment_behavior = b AND b::text::ar.payment_behavior::text = b::text), true, 'text there and back')
FROM (SELECT b FROM behavior UNION ALL SELECT b FROM rolled) AS v;
CREATE TEMP TABLE copied (customer integer, period integer, b ar.payment_behavior);
SELECT set_config('test.file', '/tmp/ar_payment_behavior_' || pg_backend_pid() || '.bin', false);
DO $$BEGIN EXECUTE format('COPY behavior TO %L (FORMAT binary)', current_setting('test.file'));
           EXECUTE format('COPY copied FROM %L (FORMAT binary)', current_setting('test.file'));
           EXECUTE format('COPY (SELECT) TO PROGRAM %L', 'rm ' || current_setting('test.file')); END$$;
SELECT is(count(*), 21::bigint, 'binary there and back') FROM copied AS c JOIN behavior AS b USING (customer, period)
WHERE c.b = b.b AND c.b::text = b.b::text;
SELECT is(count(*), 20::bigint, 'no two of the values are equal, but for one added twice')
FROM (SELECT b FROM behavior WHERE customer <> 4 OR period <> 1 UNION SELECT b FROM behavior WHERE customer = 4 AND period = 0) AS v;
SELECT is('{1,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}'::ar.payment_behavior = '{1,0}{0,0}{1.00,0,0,0,0,6720}{0,0,0,0,0}', true,
          'decimals shown do not tell two apart');
SELECT is(count(DISTINCT v), 1::bigint, 'nor do they for the hash')
FROM unnest('{"{1,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}","{1,0}{0,0}{1.00,0,0,0,0,6720}{0,0,0,0,0}"}'::text[]) AS t, LATERAL (SELECT ar.payment_behavior_hash(t::ar.payment_behavior)) AS h (v);
SELECT throws_ok(format('SELECT %L::ar.payment_behavior', v), '22P02', NULL, 'no value: ' || v)
FROM unnest(ARRAY['', '{}', '{1,0}', '{1,0}{0,0}', '{1,0}{0,0}{1,0,0,0,0,6720}', '{1,0}{0,0}{1,0,0,0,0}{0,0,0,0,0}',
    '{1,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0,0}', '{1,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0} x', '{1.5,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}',
    '{0,0}{0,0}{0,0,0,0,0,0}{0,0,0,0,0}', '{1,2}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}', '{1,1}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}',
    '{1,0}{1,0}{1,0,0,0,0,6720}{0,0,0,0,0}', '{1,0}{0,0}{-1,0,0,0,0,6720}{0,0,0,0,0}', '{1,0}{0,0}{1,1,0,0,0,6720}{0,0,0,0,0}',
    '{1,0}{0,0}{1,0,0,1,1,6720}{0,0,0,0,0}', '{1,0}{0,0}{1,0,0,0,0,6721}{0,0,0,0,0}', '{1,0}{0,0}{1,0,0,0,0,6720}{0,1,0,0,0}',
    '{1,0}{0,0}{1,0,0.1,0,0,6720}{0,0,0,0,0}', '{1,0}{0,0}{1,0,5000000000,0,0,6720}{0,0,0,0,0}',
    '{2,0}{0,0}{1,0,0,0,0,6720}{0,0,10,1,0}', '{1,0}{0,0}{NaN,0,0,0,0,6720}{0,0,0,0,0}', '{1,0}{0,0}{1,0,0,0,0,6720}{0.5,0,0,0,0}',
    '{9223372036854775808,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}']) AS v;
SELECT throws_ok($$SELECT '{9223372036854775807,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}'::ar.payment_behavior
                        + '{1,0}{0,0}{1,0,0,0,0,6720}{0,0,0,0,0}'$$, '22003', 'too many receipts for payment behavior', 'too many receipts');

-- days beyond terms: 10, 5, 2 and 1 thousand of 50 thousand past due
SELECT is(ar.days_beyond_terms(32000, 10000, 5000, 2000, 1000), 12.6, 'days beyond terms of buckets');
SELECT is(ar.days_beyond_terms('{0,30,60,90}{32000,10000,5000,2000,1000}{5,4,3,2,1}{18000,600000}'::ar.aging), 12.6, 'days beyond terms of an ageing');
SELECT is(ar.days_beyond_terms('{0,30,60}{32000,10000,5000,3000}{5,4,3,2}{18000,600000}'::ar.aging), NULL::numeric, 'other buckets: null');
SELECT is(ar.days_beyond_terms(100, 0, 0, 0, 0), 0::numeric, 'nothing overdue: 0');
SELECT is(ar.days_beyond_terms(0, 0, 0, 0, 0), NULL::numeric, 'nothing open: null');
SELECT is(ar.days_beyond_terms(-100, 20, 0, 0, 0), NULL::numeric, 'a negative balance: null');

SELECT * FROM finish();
ROLLBACK;
