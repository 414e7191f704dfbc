-- Logistic regression and cards fitted with it.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- A table of four fields has its fit in closed form: log odds, log odds ratio, and errors by the counts.
CREATE TEMP TABLE field AS SELECT * FROM (VALUES (1, true, 0, 40), (2, false, 0, 10), (3, true, 1, 15), (4, false, 1, 35)) AS v (n, outcome, x, weight);
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql AS $$SELECT abs(a - b) <= 1e-9 * greatest(1, abs(b))$$;
SELECT ok(pg_temp.near(f.intercept, ln(4.0)) AND pg_temp.near(f.coefficients[1], ln(15 / 35.0) - ln(4.0)), 'coefficients') FROM (SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(ARRAY[x::float8] ORDER BY n), array_agg(weight::float8 ORDER BY n))).* FROM field) AS f;
SELECT ok(pg_temp.near(f.standard_errors[1], sqrt(1 / 40.0 + 1 / 10.0)) AND pg_temp.near(f.standard_errors[2], sqrt(1 / 40.0 + 1 / 10.0 + 1 / 15.0 + 1 / 35.0)), 'standard errors') FROM (SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(ARRAY[x::float8] ORDER BY n), array_agg(weight::float8 ORDER BY n))).* FROM field) AS f;
SELECT ok(pg_temp.near(f.log_likelihood, (40 * ln(0.8) + 10 * ln(0.2) + 15 * ln(0.3) + 35 * ln(0.7))::float8) AND pg_temp.near(f.null_log_likelihood, (55 * ln(0.55) + 45 * ln(0.45))::float8) AND f.converged AND f.problem IS NULL, 'likelihoods') FROM (SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(ARRAY[x::float8] ORDER BY n), array_agg(weight::float8 ORDER BY n))).* FROM field) AS f;
SELECT ok(pg_temp.near(f.intercept, ln(4.0)) AND pg_temp.near(f.standard_errors[2], sqrt(1 / 40.0 + 1 / 10.0 + 1 / 15.0 + 1 / 35.0)), 'rows of one each') FROM (SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(ARRAY[x::float8] ORDER BY n))).* FROM field, generate_series(1, weight)) AS f;
-- In other units
SELECT ok(pg_temp.near(f.coefficients[1] * 1e6, ln(15 / 35.0) - ln(4.0)) AND pg_temp.near(f.intercept + 1e9 * f.coefficients[1], ln(4.0)), 'in other units') FROM (SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(ARRAY[1e9 + 1e6 * x::float8] ORDER BY n), array_agg(weight::float8 ORDER BY n))).* FROM field) AS f;

-- At the maximum the gradient vanishes: residuals are orthogonal to every column.
CREATE TEMP TABLE random_row AS SELECT n, ARRAY[n * 7919 % 101, sqrt(n * 13 % 37), (n % 3 = 0)::integer, n * 31 % 17 - 8]::float8[] AS x, (n * 104729 % 97) < 20 + (n * 7919 % 101) / 2.0 + 10 * (n % 3 = 0)::integer AS outcome FROM generate_series(1, 600) AS n;
CREATE TEMP TABLE random_fit AS SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(x ORDER BY n))).* FROM random_row;
SELECT ok(f.converged AND bool_and(abs(g.gradient) < 1e-6), 'the gradient vanishes') FROM random_fit AS f, LATERAL (SELECT sum((r.outcome::integer - 1 / (1 + exp(-e.eta))) * coalesce(r.x[j], 1)) AS gradient FROM random_row AS r, LATERAL (SELECT f.intercept + sum(b * v) AS eta FROM unnest(f.coefficients, r.x) AS u (b, v)) AS e, generate_series(0, 4) AS j GROUP BY j) AS g GROUP BY f.converged;
SELECT results_eq('SELECT (ar.fit_logistic(array_agg(outcome ORDER BY n), array_agg(x ORDER BY n)))::text FROM random_row', 'SELECT f::text FROM random_fit AS f', 'the same rows give the same fit');

-- No fit, and why
CREATE FUNCTION pg_temp.problem(outcome boolean[], x float8[], most integer DEFAULT 50) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN f.converged OR num_nonnulls(f.intercept, f.coefficients, f.standard_errors, f.log_likelihood) > 0 THEN 'fitted' ELSE f.problem END FROM ar.fit_logistic(outcome, x, NULL, most) AS f
$$;
SELECT is(pg_temp.problem('{t,t,t}', '{{1},{2},{3}}'), 'all rows have the same outcome', 'one class');
SELECT is(pg_temp.problem('{}', '{}'), 'there are no rows', 'no rows');
SELECT is(pg_temp.problem('{t,f,t,f}', '{{1,5},{2,5},{3,5},{4,5}}'), 'column 2 is constant', 'a constant');
SELECT is(pg_temp.problem('{t,f,t,f}', '{{0.1,1},{0.1,3},{0.1,3},{0.1,4}}'), 'column 1 is constant', 'a constant that no double holds');
SELECT is(pg_temp.problem('{t,f,t,f,t}', '{{1,2,3},{2,1,3},{3,5,8},{4,1,5},{1,1,2}}'), 'column 3 follows from those before it (collinear)', 'a sum of others');
SELECT is(pg_temp.problem('{f,f,t,t}', '{{1},{2},{3},{4}}'), 'column 1, with others or alone, separates the outcomes: its coefficient has no limit', 'separation');
SELECT is(pg_temp.problem('{f,f,t,t,t,f,t,f}', '{{1,0},{2,0},{3,0},{4,0},{2.5,0},{3.5,0},{1.5,1},{2.5,0}}'), 'column 2, with others or alone, separates the outcomes: its coefficient has no limit', 'separation in a part');
SELECT is(pg_temp.problem((SELECT array_agg(outcome ORDER BY n) FROM random_row), (SELECT array_agg(x ORDER BY n) FROM random_row), 1), 'did not converge in 1 iterations', 'too few iterations');
SELECT throws_ok($$SELECT ar.fit_logistic('{t,f}', '{{1}}')$$, '2202E', 'x must have a row for each outcome', 'lists that differ');
SELECT throws_ok($$SELECT ar.fit_logistic('{t,f}', '{{1},{2}}', '{1}')$$, '2202E', NULL, 'weights that differ');
SELECT throws_ok($$SELECT ar.fit_logistic('{t,NULL}', '{{1},{2}}')$$, '22004', NULL, 'a null');
SELECT throws_ok($$SELECT ar.fit_logistic('{t,f}', '{{1},{NaN}}')$$, '22023', 'x must not be NaN or infinite', 'NaN');
SELECT throws_ok($$SELECT ar.fit_logistic('{t,f}', '{{1},{2}}', '{1,-1}')$$, '22023', NULL, 'a negative weight');
SELECT throws_ok($$SELECT ar.fit_logistic('{t,f}', '{{1},{2}}', NULL, 0)$$, '22023', NULL, 'no iterations');
SELECT throws_ok($$SELECT ar.fit_logistic(array_fill(true, '{1}'), array_fill(1::float8, '{1,1001}'))$$, '54000', NULL, 'too many columns');

-- A card of one characteristic: coefficient 1 and the log odds of all as intercept, so each bin has the log odds of its own.
CREATE TEMP TABLE history AS
SELECT v.level, v.amount + n % 10 AS amount, n <= v.bads AS went_bad, NULL::text AS empty
FROM (VALUES ('a', 0, 500, 20), ('b', 10, 300, 40), ('c', 20, 100, 40)) AS v (level, amount, goods, bads), generate_series(1, v.goods + v.bads) AS n;
CREATE FUNCTION pg_temp.points(card jsonb, fact integer DEFAULT 0) RETURNS numeric[] LANGUAGE sql AS $$
    SELECT array_agg((b.bin ->> 'points')::numeric ORDER BY n) FROM jsonb_array_elements(card #> ARRAY['characteristics', fact::text, 'bins']) WITH ORDINALITY AS b (bin, n)
$$;
CREATE TEMP TABLE card AS SELECT ar.fit_scorecard('history', 'went_bad', '{level}', '{"decimals": 4}') AS card;
SELECT ok(ar.check_scorecard(card), 'a card is fitted') FROM card;
SELECT is(pg_temp.points(card), ARRAY(SELECT round((487.1228762045055 + 28.85390081777927 * ln(odds))::numeric, 4) FROM unnest('{25,7.5,2.5,9}'::float8[]) AS odds), 'points are the log odds of each bin, of all where it is missing') FROM card;
SELECT is(s.pd, round(1 / 26.0, 6), 'and the probability its share of bads') FROM card, ar.score(card, '{"level": "a"}'::jsonb) AS s;
SELECT results_eq($$SELECT (card #>> '{fit,goods}')::integer, (card #>> '{fit,bads}')::integer, round((card #>> '{fit,characteristics,0,information_value}')::numeric, 4), (card #>> '{fit,characteristics,0,coefficient}')::numeric FROM card$$, $$VALUES (900, 100, 0.7455, 1.000000)$$, 'what is told of the fit');
SELECT is(card #>> '{fit,warnings,0}', 'level has an information value of 0.7455, which is suspiciously high', 'a warning') FROM card;
SELECT is((card #>> '{fit,auc}')::numeric, (SELECT round(ar.auc_agg(-ascii(level), went_bad)::numeric, 6) FROM history), 'its AUC is that of its scores') FROM card;
-- The same by amount, between cut points and by quantiles
SELECT is(pg_temp.points(ar.fit_scorecard('history', 'went_bad', '{amount}', '{"decimals": 4, "cut_points": {"amount": [10, 20]}}')), pg_temp.points(card), 'by cut points') FROM card;
SELECT is(f.card #> '{characteristics,0,bins}', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('from', q.cuts[i - 1], 'to', q.cuts[i], 'points', (pg_temp.points(f.card))[i])) ORDER BY i) || jsonb_build_object('missing', true, 'points', (pg_temp.points(f.card))[5])
          FROM (SELECT percentile_disc('{0.25,0.5,0.75}'::float8[]) WITHIN GROUP (ORDER BY amount) AS cuts FROM history) AS q, generate_series(1, 4) AS i), 'by quantiles')
FROM (SELECT ar.fit_scorecard('history', 'went_bad', '{amount}', '{"bins": 4}') AS card) AS f;
SELECT is(s.score, 600.0, 'another scale') FROM ar.score(ar.fit_scorecard('history', 'went_bad', '{level}', '{"pdo": 40, "score": 600, "odds": 25}'), '{"level": "a"}'::jsonb) AS s;
SELECT is(ar.fit_scorecard('history', 'went_bad', '{level}', '{"grades": [{"grade": "A", "from": 550}, {"grade": "B"}]}') -> 'grades', '[{"grade": "A", "from": 550}, {"grade": "B"}]', 'grades of one''s own');
-- Nulls are a bin of their own, rows without an outcome are left out
CREATE TEMP TABLE gaps AS SELECT nullif(level, 'c') AS level, amount, went_bad FROM history UNION ALL SELECT 'a', 1, NULL FROM generate_series(1, 50);
SELECT is(pg_temp.points(ar.fit_scorecard('gaps', 'went_bad', '{level}', '{"decimals": 4}')), (pg_temp.points(card))[1:3], 'nulls are a bin') FROM card;
-- Two characteristics: the points of a row add up to the scaled log odds of the regression
CREATE TEMP TABLE two AS SELECT random_row.n, CASE WHEN x[1] < 50 THEN 'low' ELSE 'high' END AS a, x[3] = 1 AS b, x[4] AS c, NOT outcome AS bad FROM random_row;
SELECT ok(max(abs(s.score - (487.1228762045055 + 28.85390081777927 * e.eta)::numeric)) < 0.001, 'points add up to the scaled log odds')
FROM (SELECT ar.fit_scorecard('two', 'bad', '{a,b}', '{"decimals": 4}') AS card OFFSET 0) AS c, two AS t,
     LATERAL (SELECT s.score FROM ar.score(c.card, to_jsonb(t)) AS s) AS s,
     (SELECT (ar.fit_logistic(array_agg(NOT bad ORDER BY n), array_agg(ARRAY[(a = 'low')::integer, b::integer]::float8[] ORDER BY n))).* FROM two) AS f,
     LATERAL (SELECT f.intercept + f.coefficients[1] * (t.a = 'low')::integer + f.coefficients[2] * t.b::integer AS eta) AS e;
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'level', '{amount}')$$, '22023', 'target level of history must be a boolean column', 'a target that is no boolean');
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'went_bad', '{nix}')$$, '42703', 'column nix of history does not exist', 'a column that is not there');
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'went_bad', '{empty}')$$, '22023', 'nothing can be fitted: all rows have the same value, or bin, of empty', 'no variation');
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'went_bad', '{level,level}')$$, '22023', NULL, 'a column twice');
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'went_bad', '{}')$$, '22023', NULL, 'no columns');
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'went_bad', '{level}', '{"bin": 5}')$$, '22023', 'options refused: bin is no option', 'an option that is none');
SELECT throws_ok($$SELECT ar.fit_scorecard('history', 'went_bad', '{level}', '{"cut_points": {"level": [1]}}')$$, '22023', 'cut points of level must be a list of numbers', 'cut points of a text');
CREATE TEMP TABLE odd AS SELECT CASE WHEN amount = 3 THEN 'NaN' ELSE amount::float8 END AS amount, went_bad FROM history;
SELECT throws_ok($$SELECT ar.fit_scorecard('odd', 'went_bad', '{amount}')$$, '22003', 'amount has values that are NaN or infinite', 'NaN');
UPDATE odd SET amount = 'Infinity' WHERE amount = 'NaN';
SELECT throws_ok($$SELECT ar.fit_scorecard('odd', 'went_bad', '{amount}')$$, '22003', NULL, 'infinity');
CREATE TEMP TABLE many AS SELECT 'v' || n AS level, n % 3 = 0 AS went_bad FROM generate_series(1, 101) AS n;
SELECT throws_ok($$SELECT ar.fit_scorecard('many', 'went_bad', '{level}')$$, '54000', NULL, 'more values than a card should have');
CREATE TEMP TABLE one_class AS SELECT level, false AS went_bad FROM history;
SELECT throws_ok($$SELECT ar.fit_scorecard('one_class', 'went_bad', '{level}')$$, '22023', 'nothing can be fitted: all rows have the same outcome', 'one class only');
CREATE TEMP TABLE twins AS SELECT level, upper(level) AS same, went_bad FROM history;
SELECT throws_ok($$SELECT ar.fit_scorecard('twins', 'went_bad', '{level,same}')$$, '22023', 'the regression has no solution', 'two that tell the same');
SELECT * FROM finish();
ROLLBACK;
