-- Delay curves: the estimate, its pool, and cash drawn from probabilities.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- The worked example of the definitions: 0, 5, 5, 8+, 10, 15+, 20.
CREATE TEMP TABLE example AS
SELECT ar.delay_curve_agg(delay, is_censored) AS curve
FROM (VALUES (20, false), (8, true), (0, false), (15, true), (5, false), (10, false), (5, false)) AS v (delay, is_censored);
SELECT is(curve::text, '{0:1,5:2,8+:1,10:1,15+:1,20:1}', 'text form') FROM example;
SELECT is(array_agg(round(ar.survival(curve, d)::numeric, 3) ORDER BY d), '{1,0.857,0.857,0.571,0.571,0.381,0.381,0,0}'::numeric[], 'what is left unpaid')
FROM example, unnest('{-1,0,4,5,9,10,19,20,400}'::integer[]) AS d;
SELECT is(round(1000 * ar.payment_probability(curve, 8, 15)::numeric, 2), 333.33, 'of 1,000 open at 8 days, 333.33 come in the next 7') FROM example;
SELECT is(array_agg(round(p::numeric, 4) ORDER BY n), '{0,0,0.3333,1}'::numeric[], 'several spans at once')
FROM example, unnest(ar.payment_probabilities(curve, 8, '{-3,0,7,12}')) WITH ORDINALITY AS u (p, n);
SELECT is(ar.payment_probability(curve, 8, 8), 0::double precision, 'nothing within no days') FROM example;
SELECT is(array_agg(ar.delay_quantile(curve, q::double precision) ORDER BY q), '{0,5,5,10,20}'::integer[], 'quantiles')
FROM example, unnest('{0.1,0.2,0.4,0.5,1}'::numeric[]) AS q;
SELECT is(ar.delay_quantile(curve, 0.5, from_day => 8), 20, 'the median of what is open at 8 days') FROM example;
SELECT results_eq('SELECT p.day, p.at_risk, p.paid, p.censored, round(p.survival::numeric, 3) FROM example, ar.delay_curve_points(curve) AS p',
    $$VALUES (0, 7::double precision, 1::double precision, 0::double precision, 0.857), (5, 6, 2, 0, 0.571), (8, 4, 0, 1, 0.571),
             (10, 3, 1, 0, 0.381), (15, 2, 0, 1, 0.381), (20, 1, 1, 0, 0.000)$$, 'as rows');
SELECT is(ar.survival(ar.delay_curve_agg(d, c), 5), 0.75::double precision, 'what is paid on a day was at risk with what was last seen on it')
FROM (VALUES (5, false), (5, true), (5, true), (9, false)) AS v (d, c);

-- What is undefined is null.
SELECT ok(ar.payment_probability(curve, 20, 30) IS NULL, 'nothing was ever unpaid so long') FROM example;
SELECT is(round(ar.payment_probability(curve, 20, 30, '{30:1,40:3}', 0)::numeric, 4), 0.25, 'then the pool tells') FROM example;
SELECT ok(ar.payment_probability(curve, 40, 50, '{30:1,40:3}', 0) IS NULL, 'unless it knows nothing either') FROM example;
SELECT ok(ar.delay_quantile('{5:1,9+:3}', 0.3) IS NULL AND ar.delay_quantile('{5:1,9+:3}', 0.25) = 5, 'a quantile that never comes');
SELECT ok(ar.survival('{3+:2,7+:1}', 2000) = 1 AND ar.delay_quantile('{3+:2}', 0.01) IS NULL, 'all unseen: nothing is ever paid');
SELECT ok(ar.survival(NULL, 0) IS NULL AND ar.survival('{0:1}', NULL) IS NULL AND ar.payment_probability(NULL, 0, 1) IS NULL
          AND ar.payment_probabilities(NULL, 0, '{1}') IS NULL AND ar.delay_quantile(NULL, 0.5) IS NULL, 'no curve');
SELECT is(ar.payment_probabilities('{0:1}', -1, '{}'), '{}'::double precision[], 'no spans');
SELECT ok(ar.delay_curve_agg(NULL::integer, false) IS NULL AND ar.delay_curve_agg(1, 0, false) IS NULL AND ar.delay_curve_agg(1, NULL, false) IS NULL
          AND ar.delay_curve_agg(NULL::ar.delay_curve) IS NULL, 'no observation, no curve');
SELECT is(ar.delay_curve_agg(d, w, false)::text, '{2:0.5}', 'what is null or weighs nothing is skipped') FROM (VALUES (1, 0), (2, 0.5), (NULL, 3), (4, NULL)) AS v (d, w);
SELECT is(ar.delay_curve_agg(d, d > 0)::text, '{-400:2,2000+:2}', 'far days count as the farthest')
FROM unnest('{-400,-2147483648,2147483647,2001}'::integer[]) AS d;

-- The pool: with 2 of 4 own at risk, 1 of 4 in the pool and k = 4, the hazard is (2 + 4 x 0.25) / (4 + 4).
SELECT is(ar.survival('{5:2,9:2}', 5, '{5:1,7+:3}', 4), 1 - 3.0::double precision / 8, 'a hazard shrunk to the pool');
SELECT is(ar.survival(NULL, 5, '{5:1,7+:3}'), 0.75::double precision, 'without a curve of its own: the pool');
SELECT is(round(ar.survival('{5:2,9:2}', 5, '{5:1,7+:3}', 1e12)::numeric, 6), 0.75, 'a heavy pool is all that counts');
SELECT is(ar.survival('{5:2,9:2}', 5, '{5:1,7+:3}', 0), 0.5::double precision, 'a weightless one does not count');

-- A plain calculation on random observations, with weights and a pool.
SELECT setseed(0.5) \gset
CREATE TEMP TABLE seen AS
SELECT n % 7 AS customer, (random() * 60 - 20)::integer AS delay, (1 + random() * 4)::integer::double precision AS weight, random() < 0.3 AS is_censored
FROM generate_series(1, 700) AS n;
CREATE TEMP TABLE curve AS SELECT customer, ar.delay_curve_agg(delay, weight, is_censored) AS curve FROM seen GROUP BY customer;
CREATE TEMP TABLE pool AS SELECT ar.delay_curve_agg(delay, weight, is_censored) AS pool FROM seen;
SELECT is((SELECT ar.delay_curve_agg(curve)::text FROM curve), pool::text, 'rolled up curves are the pool') FROM pool;
CREATE TEMP VIEW by_hand AS
WITH day AS (SELECT c.customer, d.day FROM (SELECT DISTINCT customer FROM seen) AS c, generate_series(-20, 40) AS d (day)),
hazard AS (
    SELECT d.customer, d.day, (own.paid + 10 * coalesce(pool.paid / nullif(pool.at_risk, 0), 0)) / (own.at_risk + 10) AS hazard
    FROM day AS d
    CROSS JOIN LATERAL (SELECT coalesce(sum(s.weight) FILTER (WHERE s.delay = d.day AND NOT s.is_censored), 0) AS paid,
                               coalesce(sum(s.weight) FILTER (WHERE s.delay >= d.day), 0) AS at_risk FROM seen AS s WHERE s.customer = d.customer) AS own
    CROSS JOIN LATERAL (SELECT coalesce(sum(s.weight) FILTER (WHERE s.delay = d.day AND NOT s.is_censored), 0) AS paid,
                               coalesce(sum(s.weight) FILTER (WHERE s.delay >= d.day), 0) AS at_risk FROM seen AS s) AS pool)
SELECT h.customer, h.day, coalesce(exp(sum(ln(nullif(1 - h.hazard, 0))) OVER (PARTITION BY h.customer ORDER BY h.day)), 0)
       * CASE WHEN bool_or(h.hazard >= 1) OVER (PARTITION BY h.customer ORDER BY h.day) THEN 0 ELSE 1 END AS survival
FROM hazard AS h;
SELECT is_empty('SELECT h.customer, h.day, h.survival, ar.survival(c.curve, h.day, p.pool) FROM by_hand AS h JOIN curve AS c USING (customer) CROSS JOIN pool AS p
                 WHERE abs(h.survival - ar.survival(c.curve, h.day, p.pool)) > 1e-9', 'survival by hand');
SELECT is_empty($$SELECT c.customer, q FROM curve AS c CROSS JOIN pool AS p CROSS JOIN unnest('{0.1,0.33,0.5,0.9}'::double precision[]) AS q
                  WHERE ar.delay_quantile(c.curve, q, p.pool) IS DISTINCT FROM
                        (SELECT min(h.day) FROM by_hand AS h WHERE h.customer = c.customer AND 1 - h.survival >= q - 1e-9)$$, 'quantiles by hand');
SELECT is_empty($$SELECT 1 FROM curve AS c CROSS JOIN pool AS p CROSS JOIN generate_series(-25, 45) AS u CROSS JOIN generate_series(1, 30, 7) AS w
                  WHERE (ar.payment_probabilities(c.curve, u, ARRAY[w], p.pool))[1] IS DISTINCT FROM ar.payment_probability(c.curve, u, u + w, p.pool)$$, 'one span or several');

-- In a parallel plan.
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE public.seen_in_parallel AS SELECT s.* FROM seen AS s, generate_series(1, 30);
ANALYZE public.seen_in_parallel;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END;
$$;
\set curve 'SELECT ar.delay_curve_agg(delay, weight, is_censored)::text FROM public.seen_in_parallel'
\set cash 'SELECT ar.cash_forecast_agg(customer, delay, weight, ''{0.25,0.5}'', 100, 0.1, 0.1) FROM public.seen_in_parallel'
SELECT matches(pg_temp.plan(:'curve'), 'Partial Aggregate', 'curves of parts are combined');
SELECT matches(pg_temp.plan(:'cash'), 'Partial Aggregate', 'draws of parts are combined');
CREATE TEMP TABLE in_parallel AS SELECT (:curve) AS curve, (:cash) AS cash;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(curve, (:curve), 'the same curve') FROM in_parallel;
SELECT is(cash, (:cash), 'the same cash') FROM in_parallel;

-- Text: what comes out goes in, anything else is refused.
SELECT is_empty('SELECT customer FROM curve WHERE curve::text::ar.delay_curve::text <> curve::text OR ar.delay_curve_send(curve::text::ar.delay_curve) <> ar.delay_curve_send(curve)', 'there and back');
SELECT is('{1:1.4e-309,2:1}'::ar.delay_curve::text, '{1:1.4e-309,2:1}', 'the smallest weights');
SELECT is(' { -3 : 0.1 , -3 + : 1e-300,7:100 } '::ar.delay_curve::text, '{-3:0.1,-3+:1e-300,7:100}', 'blanks and exponents');
SELECT throws_ok(format('SELECT %L::ar.delay_curve', v), '22P02', NULL, 'refused: ' || v)
FROM unnest('{"","{}","{1}","{1:}","{1:0}","{1:-1}","{1:nan}","{1:inf}","{1:0x1}","{1:1e999}","{1:1e-999}","{1:1,1:1}","{2:1,1:1}","{1+:1,1:1}","{1+:1,1+:2}","{2001:1}","{-401:1}","{1:1","{1:1}x","{1:1;2:1}","{1.5:1}","{a:1}","{1:1,}","{1:1-}","{99999999999999999999:1}"}'::text[]) AS v;
SELECT throws_ok($$SELECT '{1:1.7e308,2:1.7e308}'::ar.delay_curve$$, '22P02', NULL, 'weights whose sum is too large');

-- Errors.
SELECT throws_ok('SELECT ar.delay_curve_agg(1, NULL::boolean)', '22004', NULL, 'paid or not must be known');
SELECT throws_ok(format('SELECT ar.delay_curve_agg(1, %L::double precision, false)', w), '22023', NULL, 'no weight: ' || w) FROM unnest('{-1,NaN,Infinity}'::text[]) AS w;
SELECT throws_ok('SELECT ar.delay_curve_agg(1, 1.7e308, false) FROM generate_series(1, 2)', '22003', NULL, 'too heavy');
SELECT throws_ok('SELECT ar.delay_curve_accum(NULL, 1, false)', '42809', NULL, 'not outside an aggregate');
SELECT throws_ok($$SELECT ar.delay_curve_combine('{1:1}', '{1:1}')$$, '42809', NULL, 'nor this one');
SELECT throws_ok(format($$SELECT ar.delay_quantile('{1:1}', %L)$$, q), '22023', NULL, 'no quantile: ' || q) FROM unnest('{0,-1,1.5,NaN}'::text[]) AS q;
SELECT throws_ok(format($$SELECT ar.survival('{1:1}', 1, '{1:1}', %L)$$, k), '22023', NULL, 'no weight of a pool: ' || k) FROM unnest('{-1,NaN,Infinity}'::text[]) AS k;
SELECT throws_ok($$SELECT ar.payment_probability('{1:1}', 2, 1)$$, '22023', NULL, 'backwards');
SELECT throws_ok($$SELECT ar.payment_probabilities('{1:1}', 0, '{1,NULL}')$$, '22023', NULL, 'a null among the days');

-- Cash: what is expected is exact, percentiles are those of the distribution.
CREATE FUNCTION pg_temp.cash(items integer, per_customer integer, probabilities double precision[], of_customer double precision, of_all double precision)
    RETURNS double precision[] LANGUAGE sql AS $$
    SELECT ar.cash_forecast_agg(n / per_customer, n, 1, probabilities, 2000, of_customer, of_all) FROM generate_series(1, items) AS n
$$;
SELECT is((SELECT array_agg(c[n][1] ORDER BY n) FROM pg_temp.cash(4, 1, '{0.25,0.75,0.75,1}', 0.1, 0.1) AS c, generate_series(1, 4) AS n),
          '{1,2,0,1}'::double precision[], 'expected by period');
SELECT is(pg_temp.cash(1, 1, '{0.3,0.95}', 0, 0), (SELECT ARRAY[ARRAY[0.3, 0, 0, 1], ARRAY[0.95 - 0.3::double precision, 0, 1, 1]]), 'one item is there or not');
-- 100 items, each as likely as not: 44, 50 and 56 of the binomial distribution, within the error of 2,000 draws.
SELECT ok(abs(c[1][2] - 44) <= 1 AND abs(c[1][3] - 50) <= 1 AND abs(c[1][4] - 56) <= 1, what || ': ' || c::text)
FROM (VALUES ('independent items', pg_temp.cash(100, 1000, '{0.5}', 0, 0)), ('customers that act alike, each of one item', pg_temp.cash(100, 1, '{0.5}', 1, 0))) AS v (what, c);
SELECT is(ARRAY[c[1][1], c[1][2], c[1][4]], '{50,0,100}'::double precision[], what)
FROM (VALUES ('one customer pays all or nothing', pg_temp.cash(100, 1000, '{0.5}', 1, 0)), ('all customers pay or none does', pg_temp.cash(100, 1, '{0.5}', 0, 1))) AS v (what, c);
-- A factor of all with correlation r: P(sum <= x) for many items is Phi((sqrt(1 - r) Phi^-1(x) - Phi^-1(p)) / sqrt(r)) (Vasicek);
-- for p = 0.5 and r = 0.5 the 90th percentile is Phi(Phi^-1(0.9)) = 0.9 of the items, the 10th 0.1.
SELECT ok(abs(c[1][2] - 100) < 30 AND abs(c[1][4] - 900) < 30 AND abs(c[1][3] - 500) < 50, 'percentiles under a common factor: ' || c::text)
FROM pg_temp.cash(1000, 1, '{0.5}', 0, 0.5) AS c;
SELECT is((SELECT ar.cash_forecast_agg(1, n, 1, '{0.5}', 50, 0.1, 0.1) FROM (SELECT n FROM generate_series(1, 50) AS n ORDER BY n DESC) AS x),
          (SELECT ar.cash_forecast_agg(1, n, 1, '{0.5}', 50, 0.1, 0.1) FROM generate_series(1, 50) AS n), 'whatever the order');
SELECT ok(ar.cash_forecast_agg(NULL, 1, 1, '{1}', 1, 0, 0) IS NULL AND ar.cash_forecast_agg(1, 1, NULL, '{1}', 1, 0, 0) IS NULL
          AND ar.cash_forecast_agg(1, 1, 1, NULL, 1, 0, 0) IS NULL, 'nothing to forecast');
SELECT throws_ok(format('SELECT ar.cash_forecast_agg(1, 1, %s)', v), s, NULL, 'refused: ' || v)
FROM (VALUES ('1, ''{0.5,0.4}'', 10, 0, 0', '22023'), ('1, ''{1.1}'', 10, 0, 0', '22023'), ('1, ''{-0.1}'', 10, 0, 0', '22023'), ('1, ''{NaN}'', 10, 0, 0', '22023'),
             ('1, ''{NULL}'', 10, 0, 0', '22023'), ('1, ''{}'', 10, 0, 0', '22023'), ('1, ''{1}'', 0, 0, 0', '22023'), ('1, ''{1}'', NULL, 0, 0', '22023'),
             ('1, ''{1}'', 10001, 0, 0', '22023'), ('1, ''{1}'', 10, 0.6, 0.5', '22023'), ('1, ''{1}'', 10, NULL, 0', '22023'), ('1, ''{1}'', 10, -0.1, 0', '22023'),
             ('''NaN'', ''{1}'', 10, 0, 0', '22003'), ('''Infinity'', ''{1}'', 10, 0, 0', '22003')) AS x (v, s);
SELECT throws_ok($$SELECT ar.cash_forecast_agg(1, n, 1, CASE n WHEN 1 THEN '{1}' ELSE '{1,1}' END::double precision[], 10, 0, 0) FROM generate_series(1, 2) AS n$$, '22023', NULL, 'periods differ');
SELECT throws_ok($$SELECT ar.cash_forecast_final('{5,5,1}')$$, '22023', NULL, 'a state of something else');
SELECT * FROM finish();
ROLLBACK;
