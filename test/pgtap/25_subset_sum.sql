-- Sums of amounts against published problems, every subset, and counts of subsets by sum.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT setseed(0.28);

CREATE FUNCTION pg_temp.sum_at(amounts numeric[], items integer[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT sum(amounts[i]) FROM unnest(items) AS i
$$;
CREATE FUNCTION pg_temp.sqlstate_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN query_canceled THEN
    RETURN SQLSTATE;
END;
$$;

-- Published problems ---------------------------------------------------------
SELECT results_eq($$ SELECT outcome, items, other_items FROM ar.subset_sum(10002, '{5001,2932,876,98,21,9923,2069,123,432,765}') $$,
                  $$ VALUES ('unique', '{1,2,7}'::integer[], NULL::integer[]) $$, '5001 + 2932 + 2069 alone make 10002');
SELECT results_eq($$ SELECT outcome, pg_temp.sum_at('{5,3,2,4,6}', items), pg_temp.sum_at('{5,3,2,4,6}', other_items), items <> other_items
                     FROM ar.subset_sum(10, '{5,3,2,4,6}') $$,
                  $$ VALUES ('ambiguous', 10::numeric, 10::numeric, true) $$, '10 of 5, 3, 2, 4, 6 in two ways');
-- Fourteen invoices and a total that was a cent off (Ask Dr. Math, 2000).
SELECT results_eq($$ SELECT s.outcome, s.items FROM (VALUES (1, 9144.07), (2, 9144.06)) AS v (n, t),
                     ar.subset_sum(t, '{397.16,397.16,569.65,954.5,1310.89,1383.87,1463.49,1528.91,1619.9,1644.54,1727.97,1776.29,1963.05,2022.74}') AS s ORDER BY n $$,
                  $$ VALUES ('none', NULL), ('unique', '{1,2,3,4,5,8,13,14}'::integer[]) $$, 'fourteen invoices make 9144.06, not 9144.07');

-- By hand --------------------------------------------------------------------
CREATE TEMP TABLE by_hand (n integer, target numeric, amounts numeric[], tolerance numeric, max_items integer, outcome text, items integer[], why text);
INSERT INTO by_hand VALUES
    (1, 100, '{}', 0, NULL, 'none', NULL, 'no amounts'),
    (2, 0, '{1,2}', 0, NULL, 'none', NULL, 'nothing at all is no solution'),
    (3, 0, '{0,0}', 0, NULL, 'none', NULL, 'zeros are in no solution'),
    (4, 7, '{0,7,0}', 0, NULL, 'unique', '{2}', 'nor do they make it ambiguous'),
    (5, 0, '{50,-20,-30,7}', 0, NULL, 'unique', '{1,2,3}', 'an invoice cleared by two credit notes'),
    (6, 70, '{100,-30,55}', 0, NULL, 'unique', '{1,2}', 'an invoice less a credit note'),
    (7, -30, '{100,-30,55}', 0, NULL, 'unique', '{2}', 'a negative target'),
    (8, 5, '{5,5}', 0, NULL, 'ambiguous', '{1}', 'one of two equal amounts'),
    (9, 10, '{5,5,1}', 0, NULL, 'unique', '{1,2}', 'both of two equal amounts'),
    (10, 0.30, '{0.1,0.2,0.7}', 0, NULL, 'unique', '{1,2}', 'decimals are exact'),
    (11, 99.99, '{40.00,59.98,25}', 0.01, NULL, 'unique', '{1,2}', 'a tolerance is inclusive below'),
    (12, 99.97, '{40.00,59.98,25}', 0.01, NULL, 'unique', '{1,2}', 'and above'),
    (13, 99.96, '{40.00,59.98,25}', 0.01, NULL, 'none', NULL, 'and no more'),
    (14, 99.99, '{40.00,59.98,25}', 0.005, NULL, 'none', NULL, 'half a cent reaches no cent'),
    (15, 0, '{3,-2}', 1, NULL, 'unique', '{1,2}', 'within the tolerance of nothing at all'),
    (16, 6, '{1,2,3,6}', 0, NULL, 'ambiguous', NULL, 'two solutions'),
    (17, 6, '{1,2,3,6}', 0, 2, 'unique', '{4}', 'of which one has two items at most'),
    (18, 6, '{1,2,3}', 0, 2, 'none', NULL, 'three items where two are allowed'),
    (19, 6, '{1,2,3}', 0, 3, 'unique', '{1,2,3}', 'three items where three are allowed'),
    (20, 123, '{1000,123,-5}', 0, NULL, 'unique', '{2}', 'an amount nothing makes up for'),
    (21, 1e15, '{1e15,0.001}', 0, NULL, 'unique', '{1}', 'far apart'),
    (22, 1.50, '{1.5000000000000000000000000}', 0, NULL, 'unique', '{1}', 'zeros at the end are no decimals');
SELECT is(s.outcome, b.outcome, format('%s: %s', b.why, b.outcome)) FROM by_hand AS b, ar.subset_sum(target, amounts, tolerance, max_items) AS s ORDER BY n;
SELECT is(s.items, b.items, b.why) FROM by_hand AS b, ar.subset_sum(target, amounts, tolerance, max_items) AS s WHERE b.outcome IN ('none', 'unique') ORDER BY n;

-- Every subset ---------------------------------------------------------------
-- Small amounts, so that there are many of the same and many solutions.
CREATE TEMP TABLE problem AS
SELECT p.n, p.tolerance, p.max_items, p.target, p.amounts
FROM (SELECT n, CASE WHEN random() < 0.6 THEN 0 ELSE floor(random() * 4)::numeric / 2 END AS tolerance,
             CASE WHEN random() < 0.5 THEN 1 + floor(random() * 5)::integer END AS max_items,
             floor(random() * 60 - 15)::numeric / CASE WHEN n % 3 = 0 THEN 2 ELSE 1 END AS target,
             ARRAY(SELECT (floor(random() * (CASE n % 4 WHEN 0 THEN 8 WHEN 1 THEN 30 ELSE 60 END)) - CASE WHEN n % 2 = 0 THEN 0 ELSE 5 END)
                          / CASE WHEN n % 3 = 0 THEN 2 ELSE 1 END
                   FROM generate_series(1, n % 9))::numeric[] AS amounts
      FROM generate_series(1, 4000) AS n) AS p;
CREATE TEMP TABLE subset AS
WITH RECURSIVE s AS (
    SELECT n, 0 AS i, '{}'::integer[] AS items, 0::numeric AS sum FROM problem
    UNION ALL
    SELECT s.n, s.i + 1, CASE WHEN taken THEN s.items || (s.i + 1) ELSE s.items END,
           s.sum + CASE WHEN taken THEN p.amounts[s.i + 1] ELSE 0 END
    FROM s JOIN problem AS p USING (n), (VALUES (true), (false)) AS t (taken)
    WHERE s.i < cardinality(p.amounts) AND NOT (taken AND p.amounts[s.i + 1] = 0))
SELECT s.n, s.items FROM s JOIN problem AS p USING (n)
WHERE s.i = cardinality(p.amounts) AND s.items <> '{}' AND abs(s.sum - p.target) <= p.tolerance
  AND (p.max_items IS NULL OR cardinality(s.items) <= p.max_items);
CREATE INDEX ON subset (n);
CREATE TEMP TABLE expected AS
SELECT p.*, (SELECT count(*) FROM subset AS s WHERE s.n = p.n) AS solutions FROM problem AS p;
CREATE FUNCTION pg_temp.outcome(solutions bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN solutions = 0 THEN 'none' WHEN solutions = 1 THEN 'unique' ELSE 'ambiguous' END
$$;
SELECT cmp_ok(count(*), '>', 300::bigint, format('hundreds of problems are %s', outcome))
FROM (SELECT pg_temp.outcome(solutions) AS outcome FROM expected) AS o GROUP BY outcome ORDER BY outcome;
SELECT is(count(DISTINCT pg_temp.outcome(solutions)), 3::bigint, 'of every kind') FROM expected;

SELECT is_empty($$
    SELECT e.*, s.* FROM expected AS e, ar.subset_sum(target, amounts, tolerance, max_items) AS s
    WHERE s.outcome <> pg_temp.outcome(e.solutions)
$$, 'the outcome is that of every subset');
SELECT is_empty($$
    SELECT e.*, s.* FROM expected AS e, ar.subset_sum(target, amounts, tolerance, max_items) AS s
    WHERE (s.items IS NULL) <> (e.solutions = 0) OR (s.other_items IS NULL) <> (e.solutions < 2) OR s.items = s.other_items
       OR NOT EXISTS (SELECT FROM subset AS x WHERE x.n = e.n AND x.items = s.items) AND e.solutions > 0
       OR NOT EXISTS (SELECT FROM subset AS x WHERE x.n = e.n AND x.items = s.other_items) AND e.solutions > 1
$$, 'and so are the solutions');
-- Little to spend: small tables, branches and counts; what is said is true.
CREATE TEMP TABLE hurried AS
SELECT e.n, e.solutions, b.budget, s.* FROM expected AS e, (VALUES (1), (10), (40), (80), (150), (300), (700)) AS b (budget),
       ar.subset_sum(target, amounts, tolerance, max_items, b.budget) AS s;
SELECT is_empty($$ SELECT * FROM hurried WHERE outcome NOT IN ('unknown', pg_temp.outcome(solutions)) $$, 'what little a budget proves is true');
SELECT is_empty($$ SELECT * FROM hurried AS h WHERE steps > budget
                   OR items IS NOT NULL AND NOT EXISTS (SELECT FROM subset AS x WHERE x.n = h.n AND x.items = h.items)
                   OR other_items IS NOT NULL AND (outcome <> 'ambiguous' OR items = other_items
                                                   OR NOT EXISTS (SELECT FROM subset AS x WHERE x.n = h.n AND x.items = h.other_items)) $$,
                'with solutions that are some, and no step too many');
SELECT cmp_ok(count(*) FILTER (WHERE outcome = 'unknown'), '>', 100::bigint, 'a small budget leaves much unknown') FROM hurried;
SELECT cmp_ok(count(*) FILTER (WHERE outcome = 'unknown' AND items IS NOT NULL), '>', 0::bigint, 'sometimes with one solution') FROM hurried;
SELECT is_empty($$ SELECT * FROM hurried WHERE budget = 700 AND outcome = 'unknown' AND n % 9 < 5 $$, 'nothing of few amounts is left unknown');

-- More of them: subsets counted by sum -----------------------------------------
-- Nonempty subsets without zeros, no more than 1000.
CREATE FUNCTION pg_temp.solutions(target integer, amounts integer[], tolerance integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    least  integer := (SELECT coalesce(sum(least(a, 0)), 0) FROM unnest(amounts) AS a);
    most   integer := (SELECT coalesce(sum(greatest(a, 0)), 0) FROM unnest(amounts) AS a);
    ways   integer[] := array_fill(0, ARRAY[most - least + 1]);
    before integer[];
    result integer := 0;
BEGIN
    ways[1 - least] := 1;
    FOR i IN 1..cardinality(amounts) LOOP
        CONTINUE WHEN amounts[i] = 0;
        before := ways;
        FOR s IN 1..most - least + 1 LOOP
            ways[s] := least(before[s] + coalesce(before[s - amounts[i]], 0), 1000);
        END LOOP;
    END LOOP;
    FOR s IN greatest(least, target - tolerance)..least(most, target + tolerance) LOOP
        result := result + ways[s - least + 1];
    END LOOP;
    RETURN result - (abs(target) <= tolerance)::integer;
END;
$$;
-- All but one or two multiples of 12, so that there are not always many solutions.
CREATE TEMP TABLE larger AS
SELECT p.*, pg_temp.solutions(target, amounts, tolerance) AS solutions
FROM (SELECT n, CASE WHEN n % 4 = 0 THEN 1 ELSE 0 END AS tolerance,
             CASE n % 3 WHEN 0 THEN (floor(random() * 40) * 12 + floor(random() * 3) * 5)::integer
                  WHEN 1 THEN 36 + (random() * 20)::integer ELSE (random() * 30 - 20)::integer END AS target,
             ARRAY(SELECT (12 * (1 + floor(random() * CASE WHEN n % 5 = 0 THEN 2 ELSE 15 END)) * CASE WHEN random() < 0.1 THEN -1 ELSE 1 END)::integer
                   FROM generate_series(1, 20 + n % 20)) || CASE WHEN n % 2 = 0 THEN '{5}'::integer[] ELSE '{5,17}' END AS amounts
      FROM generate_series(1, 80) AS n) AS p;
SELECT cmp_ok(count(*), '>', 5::bigint, format('larger problems are %s', outcome))
FROM (SELECT pg_temp.outcome(solutions) AS outcome FROM larger) AS o GROUP BY outcome ORDER BY outcome;
CREATE FUNCTION pg_temp.wrong(budget bigint) RETURNS TABLE (n integer, expected text, outcome text) LANGUAGE sql AS $$
    SELECT l.n, pg_temp.outcome(l.solutions), s.outcome
    FROM larger AS l, ar.subset_sum(target, amounts::numeric[], tolerance, NULL, $1) AS s
    WHERE s.outcome <> pg_temp.outcome(l.solutions) OR steps > $1
       OR abs(pg_temp.sum_at(amounts::numeric[], items) - target) > tolerance
       OR abs(pg_temp.sum_at(amounts::numeric[], other_items) - target) > tolerance
       OR items = other_items OR (items IS NULL) <> (l.solutions = 0)
$$;
SELECT is_empty('SELECT * FROM pg_temp.wrong(50000000)', 'larger problems are decided');
SET LOCAL work_mem = '64kB';
SELECT is_empty('SELECT * FROM pg_temp.wrong(50000000)', 'with little memory as well');
SELECT is_empty($$ SELECT * FROM pg_temp.wrong(6000) WHERE outcome <> 'unknown' AND outcome <> expected $$, 'and little time');
RESET work_mem;

-- Few of many: pairs joined with pairs ------------------------------------------
-- Of some the target is made, of others it is not; the larger the amounts the fewer make the same.
CREATE TEMP TABLE many AS
SELECT n, max_items, CASE WHEN n % 5 = 0 THEN 2 ELSE 0 END AS tolerance,
       CASE WHEN n % 3 = 0 THEN trunc(range * (0.3 + 0.4 * random()::numeric) * max_items) ELSE pg_temp.sum_at(a, (ARRAY[31, 7, 24, 11])[:max_items]) END AS target,
       a AS amounts
FROM (SELECT n, max_items, range,
             ARRAY(SELECT (1 + floor(random() * range::double precision)) * CASE WHEN random() < 0.05 THEN -1 ELSE 1 END
                   FROM generate_series(1, CASE WHEN n % 5 = 0 THEN 35 ELSE 70 END))::numeric[] AS a
      FROM generate_series(1, 60) AS n, LATERAL (SELECT 1 + n % 4 AS max_items) AS m,
           LATERAL (SELECT (ARRAY[60, 1500, 20000, 300000])[max_items] * (ARRAY[1, 8])[1 + n / 4 % 2] AS range) AS r) AS p;
CREATE TEMP TABLE few AS
WITH single AS MATERIALIZED (SELECT m.n, m.max_items, m.tolerance, m.target, u.i, u.a FROM many AS m, unnest(m.amounts) WITH ORDINALITY AS u (a, i)),
pair AS MATERIALIZED (SELECT x.n, x.max_items, x.tolerance, x.target, x.i, y.i AS j, x.a + y.a AS a FROM single AS x JOIN single AS y ON y.n = x.n AND y.i > x.i)
SELECT s.n, count(*) AS solutions
FROM (SELECT s.n FROM single AS s WHERE abs(s.a - s.target) <= s.tolerance
      UNION ALL
      SELECT p.n FROM pair AS p WHERE p.max_items >= 2 AND abs(p.a - p.target) <= p.tolerance
      UNION ALL
      SELECT p.n FROM pair AS p JOIN single AS s ON s.n = p.n AND s.i > p.j WHERE p.max_items >= 3 AND abs(p.a + s.a - p.target) <= p.tolerance
      UNION ALL
      SELECT p.n FROM pair AS p, generate_series(-p.tolerance, p.tolerance) AS off, pair AS q
      WHERE p.max_items >= 4 AND q.n = p.n AND q.a = p.target + off - p.a AND q.i > p.j) AS s
GROUP BY s.n;
SELECT cmp_ok(count(*), '>', 5::bigint, format('few of many are %s', outcome))
FROM (SELECT pg_temp.outcome(coalesce(f.solutions, 0)) AS outcome FROM many AS m LEFT JOIN few AS f USING (n)) AS o GROUP BY outcome ORDER BY outcome;
SELECT is_empty($$
    SELECT m.n, f.solutions, s.* FROM many AS m LEFT JOIN few AS f USING (n), ar.subset_sum(target, amounts, tolerance, max_items, 1000000) AS s
    WHERE s.outcome <> pg_temp.outcome(coalesce(f.solutions, 0)) OR s.items = s.other_items OR (s.items IS NULL) <> (f.n IS NULL)
       OR abs(pg_temp.sum_at(amounts, items) - target) > tolerance OR abs(pg_temp.sum_at(amounts, other_items) - target) > tolerance
       OR greatest(cardinality(items), cardinality(other_items)) > max_items
$$, 'few of many are decided');
SET LOCAL work_mem = '64kB';
SELECT is_empty($$
    SELECT m.n, f.solutions, s.* FROM many AS m LEFT JOIN few AS f USING (n), ar.subset_sum(target, amounts, tolerance, max_items) AS s
    WHERE n % 5 > 0 AND s.outcome NOT IN ('unknown', pg_temp.outcome(coalesce(f.solutions, 0)))
$$, 'and where not all their pairs have room, what is said is true');
RESET work_mem;
SELECT results_eq($$ SELECT outcome, items FROM (SELECT ARRAY(SELECT floor(random() * 1e12) FROM generate_series(1, 500))::numeric[] AS a) AS p, ar.subset_sum(a[19] + a[207] + a[333] + a[471], a, max_items => 4, budget => 1000000) $$,
                  $$ VALUES ('unique', '{19,207,333,471}'::integer[]) $$, 'four of five hundred are the only ones');

-- Hostile ones -----------------------------------------------------------------
SELECT is(s.outcome, 'ambiguous', 'thirty of sixty equal amounts') FROM (SELECT array_fill(99.00, ARRAY[60]) AS a) AS p, ar.subset_sum(30 * 99, a, budget => 10000) AS s;
SELECT is(s.outcome, 'unique', 'all of sixty equal amounts') FROM (SELECT array_fill(99.00, ARRAY[60]) AS a) AS p, ar.subset_sum(60 * 99, a, budget => 10000) AS s;
SELECT is(s.outcome, 'none', 'what is no multiple of sixty equal amounts') FROM (SELECT array_fill(99.00, ARRAY[60]) AS a) AS p, ar.subset_sum(30 * 99 + 1, a, budget => 10000) AS s;
SELECT is(s.outcome, 'none', 'no multiple of sixty equal amounts with others') FROM (SELECT array_fill(1000.03, ARRAY[60]) || '{7.77,3.11}' AS a) AS p, ar.subset_sum(30000, a) AS s;
SELECT is(s.outcome, 'unique', 'thousands of equal amounts and one more') FROM (SELECT array_fill(1000.03, ARRAY[5000]) || '{7.77}' AS a) AS p, ar.subset_sum(7.77, a) AS s;
CREATE TEMP TABLE hostile AS
SELECT ARRAY(SELECT floor(random() * 1e15) FROM generate_series(1, 60))::numeric[] AS a;
SELECT results_eq($$ SELECT outcome, items, steps FROM hostile, ar.subset_sum(pg_temp.sum_at(a, ARRAY(SELECT generate_series(1, 59, 2))) + 1, a, budget => 1000000) $$,
                  $$ VALUES ('unknown', NULL::integer[], 1000000::bigint) $$, 'sixty amounts of fifteen digits are too many');
SELECT is(s.outcome, 'unique', 'three of them at most are not')
FROM hostile, ar.subset_sum(a[7] + a[31] + a[60], a, max_items => 3) AS s;
SELECT results_eq($$ SELECT outcome, items FROM hostile, ar.subset_sum(pg_temp.sum_at(a, ARRAY(SELECT generate_series(1, 39, 2))), a[1:40]) $$,
                  $$ VALUES ('unique', ARRAY(SELECT generate_series(1, 39, 2))) $$, 'forty are decided');
-- The largest are tried first, so that the one solution is met early; it is one for all that.
SELECT is(s.outcome, 'unique', 'what was found early is not found again')
FROM hostile, ar.subset_sum((SELECT sum(x) FROM (SELECT x FROM unnest(a[1:36]) AS x ORDER BY x DESC LIMIT 20) AS l), a[1:36]) AS s;
SELECT results_eq($$ SELECT outcome, cardinality(items), other_items FROM hostile, ar.subset_sum((SELECT sum(x) FROM (SELECT x FROM unnest(a) AS x ORDER BY x DESC LIMIT 40) AS l), a, budget => 2000000) $$,
                  $$ VALUES ('unknown', 40, NULL::integer[]) $$, 'nor is it proven to be the only one of sixty');
SET LOCAL statement_timeout = '200ms';
SELECT is(pg_temp.sqlstate_of($$ SELECT ar.subset_sum(pg_temp.sum_at(a, '{1,3,5,7,9,11,13,15,17,19,21,23,25,27,29}') + 1, a, budget => 1000000000000000) FROM hostile $$),
          '57014', 'can be cancelled');
RESET statement_timeout;

-- Accidents --------------------------------------------------------------------
-- By hand: 2^15 / sqrt(2 pi x 15 x 1000000^2 / 4) = 32768 / 4854027 = 0.00675, and so on.
SELECT is(round(ar.subset_sum_expected_hits(trunc(sum(a) / 2), array_agg(a))::numeric, 3), expected, format('accidents among %s', n))
FROM (VALUES (15, 0.007), (20, 0.187), (25, 5.355), (30, 156.415)) AS v (n, expected),
     LATERAL (SELECT 1000000.0 + (i = 1)::integer FROM generate_series(1, n) AS i) AS x (a)
GROUP BY n, expected ORDER BY n;
SELECT is(ar.subset_sum_expected_hits(10000.00, '{5000,3000,2000,7000}'), ar.subset_sum_expected_hits(10, '{5,3,2,7}'), 'round amounts hit more often');
SELECT is(ar.subset_sum_expected_hits(10.5, '{5,3,2,7}'), 0::double precision, 'no accident beside all sums');
SELECT is(ar.subset_sum_expected_hits(10, '{}'), 0::double precision, 'none without amounts');
-- The same as the mean number of solutions over all sums, in total: 2^n.
SELECT ok(abs(sum(ar.subset_sum_expected_hits(t, '{5,3,2,7,11,4,9,6,8,1}')) / 1024 - 1) < 0.01, 'the sums share all subsets out')
FROM generate_series(-60, 120) AS t;

-- Errors -----------------------------------------------------------------------
SELECT throws_ok(statement, state::char(5), NULL, format('%s: %s', state, why))
FROM (VALUES
    ('SELECT ar.subset_sum(1, ''{1,NULL}'')', '22004', 'a null amount'),
    ('SELECT ar.subset_sum(1, ''{1,NaN}'')', '22023', 'no number'),
    ('SELECT ar.subset_sum(1, ''{1,Infinity}'')', '22023', 'an infinite amount'),
    ('SELECT ar.subset_sum(''NaN'', ''{1}'')', '22023', 'a target that is no number'),
    ('SELECT ar.subset_sum(1, ''{1}'', ''-Infinity'')', '22023', 'an infinite tolerance'),
    ('SELECT ar.subset_sum(1, ''{1}'', -1)', '22023', 'a negative tolerance'),
    ('SELECT ar.subset_sum(1, ''{1}'', 0, 0)', '22023', 'no items'),
    ('SELECT ar.subset_sum(1, ''{1}'', 0, 1, 0)', '22023', 'no budget'),
    ('SELECT ar.subset_sum(1, ''{{1,2},{3,4}}'')', '2202E', 'an array of arrays'),
    ('SELECT ar.subset_sum(1, ''{1e18,1e18}'')', '22003', 'a sum too large'),
    ('SELECT ar.subset_sum(1, ''{1e40}'')', '22003', 'an amount too large'),
    ('SELECT ar.subset_sum(1, ''{-9223372036854775808}'')', '22003', 'the least there is'),
    ('SELECT ar.subset_sum(1e-30, ''{1}'')', '22003', 'a decimal too far behind'),
    ('SELECT ar.subset_sum(1, ''{1}'', 1e19)', '22003', 'a tolerance too large'),
    ('SELECT ar.subset_sum_expected_hits(1, ''{1,NULL}'')', '22004', 'accidents of a null'),
    ('SELECT ar.subset_sum_expected_hits(1, ''{1,NaN}'')', '22023', 'accidents of no number')
) AS v (statement, state, why);
SELECT is(ar.subset_sum(NULL, '{1}') IS NULL AND ar.subset_sum(1, NULL) IS NULL, true, 'null of null');

SELECT * FROM finish();
ROLLBACK;
