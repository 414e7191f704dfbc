-- How well scores tell goods from bads, and whether populations stay the same.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- Definitions, section 3
CREATE TEMP TABLE small AS SELECT * FROM (VALUES (700, false), (650, false), (620, false), (600, false), (640, true), (560, true)) AS v (score, bad);
SELECT is(ar.auc_agg(score, bad), 0.75::float8, 'AUC') FROM small;
SELECT is(ar.gini_agg(score, bad), 0.5::float8, 'Gini') FROM small;
SELECT is(ar.ks_agg(score, bad), 0.5::float8, 'KS') FROM small;
SELECT is(round(ar.psi('{0.3,0.5,0.2}', '{0.25,0.45,0.30}')::numeric, 4), 0.0549, 'PSI');
SELECT is(round(ar.psi('{30,50,20}', '{500,900,600}')::numeric, 4), 0.0549, 'of counts');
SELECT is(ARRAY(SELECT round(w::numeric, 4) FROM unnest(ar.woe('{500,300,100}', '{20,40,40}')) AS w), '{1.0217,-0.1823,-1.2809}', 'weight of evidence');
SELECT is(round(ar.information_value('{500,300,100}', '{20,40,40}')::numeric, 4), 0.7455, 'information value');
SELECT results_eq('SELECT round(s.factor::numeric, 4), round(s."offset"::numeric, 4) FROM ar.scorecard_scaling() AS s', 'VALUES (28.8539, 487.1229)', 'the scale');

-- Undefined is null, never 0
SELECT ok(ar.auc_agg(score, false) IS NULL AND ar.gini_agg(score, true) IS NULL AND ar.ks_agg(score, false) IS NULL, 'one class only') FROM small;
SELECT ok(ar.auc_agg(score, bad) IS NULL, 'no rows') FROM small WHERE false;
SELECT ok(ar.auc_agg(NULL, bad) IS NULL, 'no scores') FROM small;
SELECT is(ar.auc_agg(v.score, v.bad), 0.75::float8, 'rows without a score or an outcome are left out') FROM (SELECT * FROM small UNION ALL VALUES (NULL, true), (900, NULL)) AS v;
SELECT ok(ar.psi('{}', '{}') IS NULL AND ar.psi('{0,0}', '{1,1}') IS NULL AND ar.psi('{1,1}', '{0,0}') IS NULL, 'stability of nothing');
SELECT ok(ar.woe('{0,0}', '{1,2}') IS NULL AND ar.information_value('{1}', '{0}') IS NULL, 'evidence of one class');
SELECT is(round(ar.psi('{1,0}', '{0.5,0.5}')::numeric, 9), round((-0.5 * ln(0.5) + (0.5 - 0.0001) * ln(5000))::numeric, 9), 'an empty bin counts as 0.0001');
SELECT is(ARRAY(SELECT round(w::numeric, 9) FROM unnest(ar.woe('{10,0,5}', '{5,5,0}')) AS w),
    ARRAY[round(ln((10 / 15.0) / (5 / 10.0)), 9), round(ln((0.5 / 15.0) / (5.5 / 10.0)), 9), round(ln((5.5 / 15.0) / (0.5 / 10.0)), 9)], 'half a case is added to an empty cell');
SELECT is(round(ar.information_value('{10,0,5}', '{5,5,0}')::numeric, 9),
    round((10 / 15.0 - 5 / 10.0) * ln((10 / 15.0) / (5 / 10.0)) + (0.5 / 15.0 - 5.5 / 10.0) * ln((0.5 / 15.0) / (5.5 / 10.0)) + (5.5 / 15.0 - 0.5 / 10.0) * ln((5.5 / 15.0) / (0.5 / 10.0)), 9), 'in the information value too');
SELECT is(ar.woe('{1,0,1}', '{1,0,1}'), '{0,0,0}', 'a bin nobody is in weighs nothing');

-- Random scores with ties, against every pair and every score
CREATE TEMP TABLE sample AS SELECT n, n * 7919 % 97 AS score, n * 104729 % 11 < 3 AS bad, n % 7 AS part FROM generate_series(1, 1000) AS n;
SELECT is(ar.auc_agg(s.score, s.bad), (SELECT avg(CASE WHEN g.score > b.score THEN 1 WHEN g.score = b.score THEN 0.5 ELSE 0 END) FROM sample AS g, sample AS b WHERE NOT g.bad AND b.bad)::float8, 'AUC is that of every pair') FROM sample AS s;
SELECT is(round(ar.ks_agg(s.score, s.bad)::numeric, 12), (SELECT round(max(abs(d)), 12) FROM (SELECT (SELECT avg((v.score <= c.score)::integer) FROM sample AS v WHERE v.bad) - (SELECT avg((v.score <= c.score)::integer) FROM sample AS v WHERE NOT v.bad) AS d FROM sample AS c) AS x), 'KS is that of every score') FROM sample AS s;
SELECT is(ar.gini_agg(score, bad), 2 * ar.auc_agg(score, bad) - 1, 'Gini follows from AUC') FROM sample;
SELECT is((SELECT ar.auc(ar.score_sample_agg(p.sample)) FROM (SELECT ar.score_sample_agg(score, bad) AS sample FROM sample GROUP BY part) AS p), (SELECT ar.auc_agg(score, bad) FROM sample), 'samples are merged');
SELECT is((SELECT ar.score_sample_agg(p.sample)::text FROM (SELECT ar.score_sample_agg(score, bad) AS sample FROM sample GROUP BY part) AS p), (SELECT ar.score_sample_agg(score, bad ORDER BY n DESC)::text FROM sample), 'whatever the order');
SELECT is((SELECT ar.score_sample_agg(score, bad)::text FROM sample), (SELECT '{' || string_agg(concat_ws(':', score, goods, bads), ',' ORDER BY score) || '}' FROM (SELECT score, count(*) FILTER (WHERE NOT bad) AS goods, count(*) FILTER (WHERE bad) AS bads FROM sample GROUP BY score) AS c), 'a sample is scores with counts');
SELECT results_eq('SELECT (ar.score_sample_agg(score, bad) OVER (ORDER BY n))::text FROM (SELECT * FROM sample WHERE n <= 60) AS s ORDER BY n',
    'SELECT (SELECT ar.score_sample_agg(i.score, i.bad)::text FROM sample AS i WHERE i.n <= s.n) FROM sample AS s WHERE s.n <= 60 ORDER BY n', 'over a window');
-- 20,000 different scores, bads have the even ones: of each pair the good is above with 1/2 and a bit
SELECT is(ar.auc_agg(n, n % 2 = 0), (SELECT sum(n / 2) FROM generate_series(1, 20000, 2) AS n) / (10000.0 * 10000.0)::float8, 'a state that grows') FROM generate_series(1, 20000) AS n;
SELECT is(ar.auc_agg(v, v < 0), 1::float8, 'infinite scores have their place') FROM unnest('{-Infinity,-1,0,Infinity}'::float8[]) AS v;
SELECT is(ar.score_sample_agg(v, true)::text, '{0:0:2}', 'minus zero is zero') FROM unnest('{-0,0}'::float8[]) AS v;

-- In parallel
CREATE TABLE pg_temp_scores AS SELECT n % 1013 AS score, n % 17 < 4 AS bad FROM generate_series(1, 20000) AS n;
ALTER TABLE pg_temp_scores SET (parallel_workers = 2);
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL force_parallel_mode = off;
CREATE FUNCTION pg_temp.plan() RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) SELECT ar.auc_agg(score, bad) FROM pg_temp_scores'; END$$;
SELECT ok((SELECT string_agg(p, '') FROM pg_temp.plan() AS p) LIKE '%Partial Aggregate%', 'the plan is parallel');
CREATE TEMP TABLE parallel AS SELECT ar.auc_agg(score, bad) AS auc, ar.ks_agg(score, bad) AS ks, ar.score_sample_agg(score, bad)::text AS sample FROM pg_temp_scores;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT results_eq('SELECT auc, ks, sample FROM parallel', 'SELECT ar.auc_agg(score, bad), ar.ks_agg(score, bad), ar.score_sample_agg(score, bad)::text FROM pg_temp_scores', 'and gives the same');

-- Stored, written and read
CREATE TEMP TABLE stored AS SELECT part, ar.score_sample_agg(score, bad) AS sample FROM sample GROUP BY part UNION ALL SELECT 7, ar.score_sample_agg(n, n % 3 = 0) FROM generate_series(1, 5000) AS n UNION ALL SELECT 8, ar.score_sample_agg(1, true);
SELECT is_empty('SELECT part FROM stored WHERE sample::text::ar.score_sample::text <> sample::text', 'text there and back');
SELECT is((SELECT ar.score_sample_agg(sample)::text FROM stored WHERE part = 8), '{1:0:1}', 'a small one that was stored');
SELECT is((SELECT ar.auc(ar.score_sample_agg(sample)) FROM stored WHERE part < 7), (SELECT ar.auc_agg(score, bad) FROM sample), 'stored samples are merged');
SELECT throws_ok(format('SELECT %L::ar.score_sample', v), '22P02', NULL, v) FROM unnest('{"","{","{1}","{1:1}","{1:0:0}","{1:-1:2}","{1:1:1","{1:1:1}x","{2:1:1,1:1:1}","{1:1:1,1:1:1}","{NaN:1:1}","{1:1:1,}","{x:1:1}","{1:1:99999999999}"}'::text[]) AS v;
SELECT is(v::ar.score_sample::text, v, v) FROM unnest('{"{}","{-1.5:1:0,Infinity:0:3}"}'::text[]) AS v;
SELECT ok(ar.auc('{}') IS NULL, 'an empty sample');

-- What is refused
SELECT throws_ok($$SELECT ar.auc_agg('NaN', true)$$, '22023', 'a score must not be NaN', 'NaN');
SELECT throws_ok($$SELECT ar.score_sample_accum(NULL, 1, true)$$, '42809', NULL, 'a transition by hand');
SELECT throws_ok($$SELECT ar.auc('{1:2147483647:1,2:1:1}')$$, '54000', NULL, 'more than can be counted');
SELECT throws_ok($$SELECT ar.psi('{1,2}', '{1}')$$, '2202E', NULL, 'bins that differ');
SELECT throws_ok($$SELECT ar.psi('{1,NULL}', '{1,2}')$$, '22004', NULL, 'a null');
SELECT throws_ok($$SELECT ar.psi('{1,-2}', '{1,2}')$$, '22023', NULL, 'a negative share');
SELECT throws_ok($$SELECT ar.woe('{1,NaN}', '{1,2}')$$, '22023', NULL, 'NaN');
SELECT throws_ok($$SELECT ar.information_value('{{1,2}}', '{1,2}')$$, '2202E', NULL, 'two dimensions');
SELECT throws_ok($$SELECT ar.woe('{1e308,1e308}', '{1,2}')$$, '22003', NULL, 'counts that do not add up to a number');
SELECT throws_ok($$SELECT ar.psi('{1,2}', '{1e308,1e308}')$$, '22003', NULL, 'shares that do not');
-- ln(1e-300 / 1e300) - ln(1 / 2) = -600 ln 10 + ln 2
SELECT ok(abs(w[1] - (ln(2.0) - 600 * ln(10.0))::float8) < 1e-9, 'a share below all numbers has its evidence: ' || w[1]) FROM ar.woe('{1e-300,1e300}', '{1,1}') AS w;
SELECT ok(abs(w[1] + (ln(2.0) - 600 * ln(10.0))::float8) < 1e-9, 'so has one of bads: ' || w[1]) FROM ar.woe('{1,1}', '{1e-300,1e300}') AS w;
SELECT * FROM finish();
ROLLBACK;
