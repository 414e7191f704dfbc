-- The German credit data (UCI Statlog), where it is at hand: the figures of a plain logistic regression.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
\set folder `cd ../shared/data 2>/dev/null && [ -f german_credit.data ] && pwd`
SELECT :'folder' <> '' AS there \gset
\if :there
\cd :folder
CREATE TEMP TABLE line (n integer GENERATED ALWAYS AS IDENTITY, line text);
\copy line (line) FROM 'german_credit.data'
CREATE TEMP TABLE applicant AS SELECT n, string_to_array(line, ' ') AS v, split_part(line, ' ', 21) = '2' AS bad FROM line;
SELECT results_eq('SELECT count(*), count(*) FILTER (WHERE bad) FROM applicant', 'VALUES (1000::bigint, 300::bigint)', 'a thousand cases');

-- Numbers as they are, a column for each value of a category but the first.
CREATE TEMP TABLE level AS SELECT j, v[j] AS level, row_number() OVER (PARTITION BY j ORDER BY v[j]) AS rank FROM applicant, unnest('{1,3,4,6,7,9,10,12,14,15,17,19,20}'::integer[]) AS j GROUP BY j, v[j];
CREATE TEMP TABLE design AS
SELECT a.n, a.bad, ARRAY(SELECT x.x FROM (SELECT j, '' AS level, a.v[j]::float8 AS x FROM unnest('{2,5,8,11,13,16,18}'::integer[]) AS j UNION ALL SELECT l.j, l.level, (a.v[l.j] = l.level)::integer FROM level AS l WHERE l.rank > 1) AS x ORDER BY x.j, x.level) AS x
FROM applicant AS a;
CREATE TEMP TABLE fit AS SELECT (ar.fit_logistic(array_agg(NOT bad ORDER BY n), array_agg(x ORDER BY n))).* FROM design;
SELECT results_eq('SELECT converged, cardinality(coefficients) FROM fit', 'VALUES (true, 48)', 'the regression of 48 columns converges');
CREATE TEMP TABLE scored AS SELECT d.n, d.bad, f.intercept + (SELECT sum(b * x) FROM unnest(f.coefficients, d.x) AS u (b, x)) AS score FROM design AS d, fit AS f;
SELECT is(round(ar.auc_agg(score, bad)::numeric, 4), 0.8338, 'AUC in the sample') FROM scored;
SELECT is(round(ar.ks_agg(score, bad)::numeric, 4), 0.5314, 'KS in the sample') FROM scored;
SELECT is(round(ar.gini_agg(score, bad)::numeric, 4), 0.6676, 'Gini in the sample') FROM scored;
SELECT is(round(sum(1 / (1 + exp(score)))::numeric, 6), 300.000000, 'as many bads are expected as there are') FROM scored;

-- Ten folds, every tenth case in one. In one of them a rare purpose of the loan separates the outcomes: each case
-- stands with a millionth of its contrary beside it, so that every fold has a fit.
CREATE TEMP TABLE folded AS
SELECT k, (ar.fit_logistic(array_agg(NOT bad <> o.is_contrary ORDER BY n, o.is_contrary), array_agg(x ORDER BY n, o.is_contrary),
                           array_agg(CASE WHEN o.is_contrary THEN 1e-6 ELSE 1 END::float8 ORDER BY n, o.is_contrary))).*
FROM generate_series(0, 9) AS k JOIN design ON (n - 1) % 10 <> k CROSS JOIN (VALUES (false), (true)) AS o (is_contrary) GROUP BY k;
SELECT is((SELECT count(*) FROM folded WHERE converged), 10::bigint, 'each fold is fitted');
SELECT ok(NOT converged AND problem LIKE '%separates the outcomes%', 'one of them is not without that, and says why')
FROM (SELECT (ar.fit_logistic(array_agg(NOT bad ORDER BY n), array_agg(x ORDER BY n))).* FROM design WHERE (n - 1) % 10 <> 3) AS f;
CREATE TEMP TABLE crossed AS
SELECT d.n, d.bad, f.intercept + (SELECT sum(b * x) FROM unnest(f.coefficients, d.x) AS u (b, x)) AS score FROM folded AS f JOIN design AS d ON (d.n - 1) % 10 = f.k;
SELECT is(round(ar.auc_agg(score, bad)::numeric, 4), 0.7837, 'AUC of ten folds') FROM crossed;
SELECT is(round(ar.gini_agg(score, bad)::numeric, 4), 0.5674, 'Gini of ten folds') FROM crossed;
SELECT is(round(ar.ks_agg(score, bad)::numeric, 4), 0.4448, 'KS of ten folds') FROM crossed;

-- The checking account alone tells 0.6660.
SELECT is(round(ar.information_value(array_agg(goods ORDER BY status), array_agg(bads ORDER BY status))::numeric, 4), 0.6660, 'information value of the checking account')
FROM (SELECT v[1] AS status, (count(*) FILTER (WHERE NOT bad))::float8 AS goods, (count(*) FILTER (WHERE bad))::float8 AS bads FROM applicant GROUP BY v[1]) AS c;

-- A card, fitted, saved and used
CREATE TEMP TABLE credit AS SELECT n, v[1] AS checking, v[2]::integer AS duration, v[3] AS history, v[4] AS purpose, v[5]::numeric AS amount, v[6] AS savings, v[7] AS employment, v[13]::integer AS age, bad FROM applicant;
CREATE TEMP TABLE card AS SELECT ar.fit_scorecard('credit', 'bad', '{checking,duration,history,purpose,amount,savings,employment,age}') AS card;
SELECT is(round((card #>> '{fit,characteristics,0,information_value}')::numeric, 4), 0.6660, 'the same in a card') FROM card;
CREATE TEMP TABLE carded AS SELECT c.n, c.bad, s.* FROM credit AS c, card, ar.score(card.card, to_jsonb(c)) AS s;
SELECT is(round(ar.auc_agg(score::float8, bad)::numeric, 6), (SELECT (card #>> '{fit,auc}')::numeric FROM card), 'the card scores as it was fitted') FROM carded;
SELECT ok(ar.auc_agg(score::float8, bad) BETWEEN 0.78 AND 0.8338, 'with fewer columns a little less well') FROM carded;
SELECT ok(abs(avg(pd) - 0.3) < 0.01, 'the probabilities are those of the sample, but for whole points') FROM carded;
\else
SELECT skip('no ../shared/data/german_credit.data', 1);
\endif
SELECT * FROM finish();
ROLLBACK;
