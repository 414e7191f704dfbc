-- Concentration and absorption, on plain numbers.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- The worked example: shares of .40, .25, .15, .10, .05, .05 give 2,600.
SELECT is((SELECT round(ar.hhi(a)::numeric, 6) FROM unnest('{40,25,15,10,5,5}'::numeric[]) AS a), 2600.000000, 'index of the worked example');
SELECT is((SELECT round(ar.hhi(a)::numeric, 6) FROM unnest('{400,250,150,100,50,50,-200,0,NULL}'::numeric[]) AS a), 2600.000000, 'credits, zeros and nulls have no share');
SELECT is((SELECT round(ar.hhi(a)::numeric, 6) FROM unnest('{0.01}'::numeric[]) AS a), 10000.000000, 'one has all');
SELECT is((SELECT round(ar.hhi(7)::numeric, 6) FROM generate_series(1, 8)), 1250.000000, 'eight have the same');
SELECT is((SELECT ar.hhi(a) FROM unnest('{-5,0,NULL}'::numeric[]) AS a), NULL, 'only credits');
SELECT is((SELECT ar.hhi(a) FROM unnest('{}'::numeric[]) AS a), NULL, 'nothing');
SELECT throws_ok($$SELECT ar.hhi('NaN')$$, '22003', NULL, 'NaN is no amount');
SELECT throws_ok($$SELECT ar.hhi('Infinity')$$, '22003', NULL, 'nor is infinity');
SELECT throws_ok($$SELECT ar.hhi_accum('{1}', 1)$$, '22023', NULL, 'a state of another shape');
SELECT throws_ok($$SELECT ar.hhi_combine('{1,2}', '{1,NULL}')$$, '22023', NULL, 'or with nulls');
SELECT is(ar.hhi_combine('{1,2}', '{3,4}'), '{4,6}'::double precision[], 'states are added');
-- By group and in any order, against squares of shares in numeric.
SELECT is((SELECT count(*) FROM (
    SELECT n % 13 AS g, ar.hhi(x.amount) AS index, sum(greatest(x.amount, 0)) AS total, sum(greatest(x.amount, 0) ^ 2) AS squares
    FROM generate_series(1, 3000) AS n, LATERAL (SELECT (hashint4(n) % 100000)::numeric / 100) AS x (amount) GROUP BY 1) AS h
    WHERE abs(h.index::numeric - 10000 * h.squares / h.total ^ 2) > 0.000001), 0::bigint, 'as with exact squares, by group');

-- In workers
CREATE TABLE public.balance AS SELECT n % 7 AS g, (hashint4(n) % 100000)::numeric / 100 AS amount FROM generate_series(1, 20000) AS n;
ANALYZE public.balance;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT g, ar.hhi(amount) AS hhi FROM public.balance GROUP BY ROLLUP (g);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || command LOOP lines := lines || line; END LOOP;
    RETURN lines;
END;
$$;
SELECT matches(pg_temp.plan('SELECT g, ar.hhi(amount) FROM public.balance GROUP BY g'), 'Gather.*Partial.*Parallel', 'a parallel plan');
SELECT results_eq('SELECT g, round(ar.hhi(amount)::numeric, 6) FROM public.balance GROUP BY g ORDER BY g', 'SELECT g, round(hhi::numeric, 6) FROM serial WHERE g IS NOT NULL ORDER BY g', 'says the same');
SELECT results_eq('SELECT round(ar.hhi(amount)::numeric, 6) FROM public.balance', 'SELECT round(hhi::numeric, 6) FROM serial WHERE g IS NULL', 'of all too');

SELECT is(round(ar.top_share('{50,10,30,-40,5,5}', 2), 6), 0.800000, 'share of the two largest');
SELECT is(ar.top_share('{50,10}'), 1.0, 'fewer than ten have all');
SELECT is(round(ar.top_share(ARRAY(SELECT n::numeric FROM generate_series(1, 20) AS n)), 6), round(155::numeric / 210, 6), 'ten of twenty');
SELECT is(ar.top_share('{-1,0,NULL}'), NULL, 'only credits');
SELECT is(ar.top_share('{}'), NULL, 'nothing');

-- The worked example of Cyert, Davidson and Thompson: three states, paid and bad.
CREATE TEMP TABLE chain AS SELECT '{{.10,.15,0},{.10,.15,.25},{.05,.10,.25}}'::float8[] AS q, '{{.75,0},{.50,0},{.40,.20}}'::float8[] AS r,
    '{100000,30000,10000}'::numeric[] AS balances;
SELECT is((SELECT array_agg(round(u::numeric, 5)) FROM chain, unnest((ar.absorption(q, r))[1:3][2:2]) AS u), '{0.01394,0.08362,0.27875}'::numeric[], 'probability to go bad');
SELECT is((SELECT array_agg(DISTINCT round((a[n][1] + a[n][2])::numeric, 9)) FROM (SELECT ar.absorption(q, r) AS a FROM chain) AS x, generate_series(1, 3) AS n), '{1.000000000}'::numeric[], 'it ends somewhere');
SELECT is((SELECT array_agg(round(u::numeric, 2)) FROM chain, unnest(ar.weighted_rows(balances, ar.absorption(q, r))) AS u), '{133310.10,6689.90}'::numeric[], 'expected paid and bad');
SELECT is((SELECT array_agg(round(u::numeric, 2)) FROM chain, unnest(ar.weighted_rows(balances, q)) AS u), '{13500.00,20500.00,10000.00}'::numeric[], 'open next month');
SELECT is((SELECT array_agg(round(u::numeric, 2)) FROM chain, unnest(ar.weighted_rows(balances, r)) AS u), '{94000.00,2000.00}'::numeric[], 'paid and bad next month');
-- The rows of (I - q)^-1 are what ends where each state ends in a state of its own: columns of the identity.
SELECT is((SELECT array_agg(round(u::numeric, 4)) FROM chain, unnest((ar.absorption(q, '{{.75,0,0},{0,.50,0},{0,0,.60}}'))[1:1][1:3]) AS u),
    '{0.8537,0.1045,0.0418}'::numeric[], 'first row of the fundamental matrix, 1.1382 0.2091 0.0697, times what leaves each state');
SELECT throws_ok($$SELECT ar.absorption('{{.5,.2},{0,.5}}', '{{.3},{.4}}')$$, '22023', 'the rates from a state must add up to 1', 'a row that does not add up');
SELECT lives_ok($$SELECT ar.absorption('{{.5}}', '{{.5000000005}}')$$, 'but for rounding');
SELECT throws_ok($$SELECT ar.absorption('{{.5}}', '{{.500000002}}')$$, '22023', NULL, 'which is small');
SELECT throws_ok($$SELECT ar.absorption('{{0,1},{1,0}}', '{{0},{0}}')$$, '22023', 'state 1 is never left', 'two states that only lead to each other');
SELECT throws_ok($$SELECT ar.absorption('{{.5,0},{0,1}}', '{{.5},{0}}')$$, '22023', 'state 2 is never left', 'a state that stays');
SELECT is(ar.absorption('{{0,1,0},{0,0,1},{0,0,0}}', '{{0},{0},{1}}'), '{{1},{1},{1}}'::float8[], 'a long way out');
SELECT throws_ok($$SELECT ar.absorption('{{1.5}}', '{{-.5}}')$$, '22023', 'a rate lies between 0 and 1', 'a rate above one');
SELECT throws_ok($$SELECT ar.absorption('{{NaN}}', '{{1}}')$$, '22023', NULL, 'NaN is no rate');
SELECT throws_ok($$SELECT ar.absorption('{.5}', '{.5}')$$, '2202E', NULL, 'no matrix');
SELECT throws_ok($$SELECT ar.absorption('{{.5,.5}}', '{{0}}')$$, '2202E', NULL, 'not square');
SELECT throws_ok($$SELECT ar.absorption('{{NULL}}', '{{1}}')$$, '22004', NULL, 'nulls');
-- Pivots: rows whose diagonal is small.
SELECT is((SELECT array_agg(round(u::numeric, 9)) FROM unnest(ar.absorption('{{.9999,.0001},{.999,0}}', '{{0,0},{.0005,.0005}}')) AS u), '{0.500000000,0.500000000,0.500000000,0.500000000}'::numeric[], 'a chain that hardly ends');
SELECT * FROM finish();
ROLLBACK;
