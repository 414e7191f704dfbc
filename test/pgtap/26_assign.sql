-- The choice between competing proposals against every choice there is.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT setseed(0.29);

CREATE FUNCTION pg_temp.sqlstate_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN query_canceled THEN
    RETURN SQLSTATE;
END;
$$;

-- By hand ----------------------------------------------------------------------
-- By descending score 0.90 and no more; 0.85 + 0.88 = 1.73 is best. Without
-- either of the chosen the best is 0.90, so that the margins are 0.83.
SELECT results_eq($$ SELECT * FROM ar.assign('{1,1,2}', '{0.90,0.85,0.88}', '{1,2,3}', '{1,2,1}', '{100,100,100}', '{1,2}', '{100,100}') $$,
                  $$ VALUES (1, false, NULL::double precision, true), (2, true, 0.83, true), (3, true, 0.83, true) $$, 'the greatest sum, not the greatest score');
SELECT results_eq($$ SELECT * FROM ar.assign('{1,1,2}', '{0.90,0.85,0.88}', '{1,2,3}', '{1,2,1}', '{50,100,50.00}', '{1,2}', '{100,100}') $$,
                  $$ VALUES (1, true, 0.05::double precision, true), (2, false, NULL, true), (3, true, 0.88, true) $$, 'two take halves of one item');
SELECT results_eq($$ SELECT * FROM ar.assign('{1,1,2}', '{0.90,0.85,0.88}', '{1,2,3}', '{1,2,1}', '{50,100,50.01}', '{1,2}', '{100,100}') $$,
                  $$ VALUES (1, false, NULL::double precision, true), (2, true, 0.83, true), (3, true, 0.83, true) $$, 'but not a cent more');
SELECT results_eq($$ SELECT * FROM ar.assign('{7}', '{0.9}', '{1,1}', '{1,2}', '{-100,40}', '{1,2}', '{100,-40}') $$,
                  $$ VALUES (1, true, 0.9::double precision, true) $$, 'amounts and capacities count without sign');
SELECT results_eq($$ SELECT * FROM ar.assign('{7,7}', '{0.9,0.2}', '{1,1,2}', '{1,1,1}', '{60,60,60}', '{1}', '{100}') $$,
                  $$ VALUES (1, false, NULL::double precision, true), (2, true, 0.2, true) $$, 'an item taken twice is taken twice');
SELECT results_eq($$ SELECT * FROM ar.assign('{2,1,1}', '{0.9,0.9,0.9}', '{1,2,3}', '{1,1,1}', '{9,9,9}', '{1}', '{9}') $$,
                  $$ VALUES (1, false, NULL::double precision, true), (2, true, 0, true), (3, false, NULL, true) $$, 'of equals the lowest receipt and its first candidate');
SELECT results_eq($$ SELECT * FROM ar.assign('{1,2,2}', '{0,-0.5,0.4}', '{}', '{}', '{}', '{}', '{}') $$,
                  $$ VALUES (1, true, 0::double precision, true), (2, false, NULL, true), (3, true, 0.4, true) $$, 'candidates that take nothing');
SELECT is_empty($$ SELECT * FROM ar.assign('{}', '{}', '{}', '{}', '{}', '{}', '{}') $$, 'nothing to choose from');
SELECT is_empty($$ SELECT * FROM ar.assign(NULL, '{}', '{}', '{}', '{}', '{}', '{}') $$, 'no rows of null');

-- Every choice -------------------------------------------------------------------
-- Receipts in no order, scores often equal, items of both signs.
CREATE TEMP TABLE candidate AS
SELECT n, row_number() OVER (PARTITION BY n ORDER BY random())::integer AS candidate, r AS receipt,
       CASE WHEN n % 3 = 0 THEN round((0.5 + random() / 2)::numeric, 3) WHEN random() < 0.05 THEN -0.1 ELSE round((0.5 + floor(random() * 4) / 10)::numeric, 2) END AS score
FROM generate_series(1, 1000) AS n, generate_series(1, 1 + n % 4) AS r, generate_series(1, 1 + (n + r) % 3) AS c;
CREATE TEMP TABLE open_item AS
SELECT n, i AS item, (1 + floor(random() * 4))::numeric / 2 * CASE WHEN random() < 0.2 THEN -1 ELSE 1 END AS open
FROM generate_series(1, 1000) AS n, generate_series(1, 1 + n % 5) AS i;
CREATE TEMP TABLE use AS
SELECT n, candidate, item, CASE WHEN random() < 0.6 THEN open ELSE (1 + floor(random() * 4))::numeric / 2 END AS amount
FROM candidate JOIN open_item USING (n) WHERE random() < 0.45;
CREATE INDEX ON candidate (n);
CREATE INDEX ON use (n);
CREATE INDEX ON open_item (n);
ANALYZE;
CREATE TEMP TABLE choice AS
WITH RECURSIVE ranked AS (
    SELECT n, receipt, candidate, score FROM candidate
    UNION ALL
    SELECT DISTINCT n, receipt, NULL::integer, 0 FROM candidate
), s AS (
    SELECT n, 0 AS receipt, '{}'::integer[] AS chosen, '{}'::integer[] AS ranks, 0::numeric AS sum FROM generate_series(1, 1000) AS n
    UNION ALL
    -- Ranked last is a receipt without a candidate.
    SELECT s.n, s.receipt + 1, CASE WHEN r.candidate IS NULL THEN s.chosen ELSE s.chosen || r.candidate END,
           s.ranks || coalesce(r.candidate, 1000), s.sum + r.score
    FROM s JOIN ranked AS r ON r.n = s.n AND r.receipt = s.receipt + 1)
SELECT s.n, s.chosen, s.ranks, s.sum FROM s
WHERE s.receipt = (SELECT max(c.receipt) FROM candidate AS c WHERE c.n = s.n)
  AND NOT EXISTS (SELECT FROM use AS u JOIN open_item AS o USING (n, item)
                  WHERE u.n = s.n AND u.candidate = ANY (s.chosen) GROUP BY o.item, o.open HAVING sum(abs(u.amount)) > abs(o.open))
  AND NOT EXISTS (SELECT FROM candidate AS c WHERE c.n = s.n AND c.candidate = ANY (s.chosen) AND c.score < 0);
CREATE INDEX ON choice (n);
CREATE TEMP TABLE best AS
SELECT DISTINCT ON (n) n, chosen, sum FROM choice ORDER BY n, sum DESC, ranks;
ANALYZE;
CREATE FUNCTION pg_temp.assigned(budget bigint) RETURNS TABLE (n integer, candidate integer, is_chosen boolean, margin double precision, is_exact boolean) LANGUAGE sql AS $$
    SELECT c.n, a.*
    FROM (SELECT n, array_agg(receipt::bigint ORDER BY candidate) AS receipts, array_agg(score::double precision ORDER BY candidate) AS scores FROM candidate GROUP BY n) AS c
    JOIN (SELECT n, array_agg(item::bigint ORDER BY random()) AS items, array_agg(open ORDER BY item) AS capacities, array_agg(item::bigint ORDER BY item) AS capacity_items FROM open_item GROUP BY n) AS o USING (n)
    LEFT JOIN (SELECT n, array_agg(candidate ORDER BY candidate, item DESC) AS candidates, array_agg(item::bigint ORDER BY candidate, item DESC) AS items, array_agg(amount ORDER BY candidate, item DESC) AS amounts
               FROM use GROUP BY n) AS u USING (n),
    ar.assign(c.receipts, c.scores, coalesce(u.candidates, '{}'), coalesce(u.items, '{}'), coalesce(u.amounts, '{}'), o.capacity_items, o.capacities, budget) AS a
$$;
CREATE TEMP TABLE assigned AS SELECT * FROM pg_temp.assigned(20000);
SELECT is(count(*), (SELECT count(*) FROM candidate), 'a row for each candidate') FROM assigned;
SELECT is_empty($$
    SELECT n FROM (SELECT n, coalesce(array_agg(candidate ORDER BY candidate) FILTER (WHERE is_chosen), '{}') AS chosen FROM assigned GROUP BY n) AS a JOIN best AS b USING (n)
    WHERE a.chosen <> ARRAY(SELECT c FROM unnest(b.chosen) AS c ORDER BY c)
$$, 'chosen is the first of the best of all choices');
SELECT is_empty($$
    SELECT a.*, b.sum FROM assigned AS a JOIN best AS b USING (n)
    WHERE a.is_chosen AND a.margin::numeric(12,6) <> b.sum - (SELECT max(x.sum) FROM choice AS x WHERE x.n = a.n AND a.candidate <> ALL (x.chosen))
$$, 'the margin is what all choices without the candidate lose');
SELECT is(count(*) FILTER (WHERE (margin IS NULL) = is_chosen), 0::bigint, 'only what is chosen has a margin') FROM assigned;
SELECT ok(bool_and(is_exact), 'all of it proven') FROM assigned;
-- Or the choices would say nothing.
SELECT cmp_ok(count(*), '>', 300::bigint, 'there are conflicts')
FROM best AS b WHERE b.sum < (SELECT sum(m) FROM (SELECT max(score) AS m FROM candidate AS c WHERE c.n = b.n GROUP BY receipt) AS r);

-- With little to spend: possible, no worse than by descending score, honest.
CREATE TEMP TABLE hurried AS SELECT b.budget, a.* FROM (VALUES (1), (5), (20)) AS b (budget), pg_temp.assigned(b.budget) AS a;
CREATE TEMP TABLE hurried_sum AS
SELECT budget, n, array_agg(candidate) FILTER (WHERE is_chosen) AS chosen, bool_and(is_exact) AS is_exact FROM hurried GROUP BY budget, n;
SELECT is_empty($$ SELECT * FROM hurried_sum AS h WHERE NOT EXISTS (
    SELECT FROM choice AS c WHERE c.n = h.n AND c.chosen @> coalesce(h.chosen, '{}') AND c.chosen <@ coalesce(h.chosen, '{}')) $$, 'what is chosen in a hurry is possible');
SELECT is_empty($$ SELECT h.* FROM hurried AS h JOIN assigned AS a USING (n, candidate)
                   WHERE h.is_exact AND h.is_chosen AND (NOT a.is_chosen OR h.margin <> a.margin) $$, 'what is said to be exact is');
SELECT is(count(*) FILTER (WHERE margin <> 0), 0::bigint, 'what is not has no margin') FROM hurried WHERE is_chosen AND NOT is_exact;
SELECT cmp_ok(count(*) FILTER (WHERE NOT is_exact), '>', 100::bigint, 'a small budget leaves much unproven') FROM hurried;
CREATE FUNCTION pg_temp.greedy(problem integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    c      record;
    taken  integer[] := '{}';
    result numeric := 0;
BEGIN
    FOR c IN SELECT * FROM candidate WHERE n = problem AND score >= 0 ORDER BY score DESC, receipt, candidate LOOP
        IF NOT EXISTS (SELECT FROM candidate AS x WHERE x.n = problem AND x.receipt = c.receipt AND x.candidate = ANY (taken))
           AND EXISTS (SELECT FROM choice AS x WHERE x.n = problem AND x.chosen @> (taken || c.candidate) AND x.chosen <@ (taken || c.candidate)) THEN
            taken := taken || c.candidate;
            result := result + c.score;
        END IF;
    END LOOP;
    RETURN result;
END;
$$;
SELECT is_empty($$
    SELECT h.* FROM (SELECT budget, n, coalesce(sum(score) FILTER (WHERE is_chosen), 0) AS sum FROM hurried JOIN candidate USING (n, candidate) GROUP BY budget, n) AS h
    JOIN (SELECT n, pg_temp.greedy(n) AS sum FROM generate_series(1, 1000) AS n) AS g USING (n) WHERE h.sum < g.sum
$$, 'and no worse than by descending score');

-- Larger ones ------------------------------------------------------------------
-- One receipt more than there are items, each of which would settle any.
CREATE FUNCTION pg_temp.crowd(receipts integer, items integer, budget bigint) RETURNS TABLE (candidate integer, is_chosen boolean, margin double precision, is_exact boolean) LANGUAGE sql AS $$
    SELECT a.* FROM (SELECT array_agg(r::bigint ORDER BY r, i) AS r, array_agg(0.75::double precision) AS s, array_agg(items * (r - 1) + i ORDER BY r, i) AS c,
                            array_agg(i::bigint ORDER BY r, i) AS i, array_agg(99.90) AS a FROM generate_series(1, receipts) AS r, generate_series(1, items) AS i) AS x,
         ar.assign(x.r, x.s, x.c, x.i, x.a, ARRAY(SELECT generate_series(1, items)::bigint), array_fill(99.90, ARRAY[items]), budget) AS a
$$;
SELECT results_eq('SELECT count(*) FILTER (WHERE is_chosen), max(margin), bool_and(is_exact) FROM pg_temp.crowd(21, 20, 20000)',
                  $$ VALUES (20::bigint, 0::double precision, true) $$, 'twenty of twenty-one have an item, whichever');
SELECT results_eq('SELECT candidate FROM pg_temp.crowd(4, 3, 20000) WHERE is_chosen', 'VALUES (1), (5), (9)', 'the lowest receipts and items first');
-- A thousand pairs as in the first example, none of which knows of the others.
SELECT results_eq($$
    SELECT is_chosen, margin, is_exact, count(*)
    FROM (SELECT array_agg(r ORDER BY p, k) AS r, array_agg(s ORDER BY p, k) AS s, array_agg((3 * (p - 1) + k)::integer ORDER BY p, k) AS c, array_agg(2 * p + i ORDER BY p, k) AS i, array_agg(100::numeric) AS a
          FROM generate_series(1, 1000) AS p, LATERAL (VALUES (1, 2 * p, 0.90::double precision, 0), (2, 2 * p, 0.85, 1), (3, 2 * p + 1, 0.88, 0)) AS v (k, r, s, i)) AS x,
         ar.assign(r::bigint[], s, c, i::bigint[], a, ARRAY(SELECT generate_series(2001, 2, -1)::bigint) || 0::bigint, array_fill(100::numeric, ARRAY[2001])) AS z
    GROUP BY is_chosen, margin, is_exact ORDER BY is_chosen
$$, $$ VALUES (false, NULL::double precision, true, 1000::bigint), (true, 0.83, true, 2000) $$, 'a thousand small components');
-- Dense and of many items each: not to be proven soon.
CREATE TEMP TABLE dense AS
SELECT r, 10 * (r - 1) + k AS c, 0.5 + random() / 2 AS s, ARRAY(SELECT i FROM generate_series(1, 60) AS i ORDER BY random() + r + k LIMIT 4) AS items FROM generate_series(1, 60) AS r, generate_series(1, 10) AS k;
CREATE FUNCTION pg_temp.dense(budget bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT array_agg(r::bigint ORDER BY c) AS r, array_agg(s ORDER BY c) AS s FROM dense) AS x,
        (SELECT array_agg(c) AS c, array_agg(i::bigint) AS i, array_agg(1::numeric) AS a FROM dense, unnest(items) AS i) AS y,
        ar.assign(r, s, c, i, a, ARRAY(SELECT generate_series(1, 60)::bigint), array_fill(1::numeric, ARRAY[60]), budget) AS z WHERE NOT is_exact
$$;
SELECT is(pg_temp.dense(1000), 600::bigint, 'a dense component is given up');
SET LOCAL statement_timeout = '300ms';
SELECT is(pg_temp.sqlstate_of('SELECT pg_temp.dense(1000000000000)'), '57014', 'or cancelled');
RESET statement_timeout;

-- Errors -----------------------------------------------------------------------
SELECT throws_ok(format('SELECT * FROM ar.assign(%s)', arguments), state::char(5), NULL, format('%s: %s', state, why))
FROM (VALUES
    ($$'{1,NULL}', '{1,1}', '{}', '{}', '{}', '{}', '{}'$$, '22004', 'a null receipt'),
    ($$'{1}', '{1}', '{1}', '{1}', '{NULL}', '{1}', '{1}'$$, '22004', 'a null amount'),
    ($$'{1}', '{1,1}', '{}', '{}', '{}', '{}', '{}'$$, '2202E', 'more scores than receipts'),
    ($$'{1}', '{1}', '{1}', '{}', '{}', '{}', '{}'$$, '2202E', 'fewer items than uses'),
    ($$'{1}', '{1}', '{1}', '{1}', '{}', '{1}', '{1}'$$, '2202E', 'fewer amounts than uses'),
    ($$'{1}', '{1}', '{}', '{}', '{}', '{1}', '{}'$$, '2202E', 'fewer capacities than items'),
    ($$'{{1},{2}}', '{1,1}', '{}', '{}', '{}', '{}', '{}'$$, '2202E', 'an array of arrays'),
    ($$'{1}', '{NaN}', '{}', '{}', '{}', '{}', '{}'$$, '22003', 'a score that is no number'),
    ($$'{1}', '{1001}', '{}', '{}', '{}', '{}', '{}'$$, '22003', 'a score too large'),
    ($$'{1}', '{1}', '{1}', '{1}', '{NaN}', '{1}', '{1}'$$, '22023', 'an amount that is no number'),
    ($$'{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1e30}'$$, '22003', 'a capacity too large'),
    ($$'{1}', '{1}', '{2}', '{1}', '{1}', '{1}', '{1}'$$, '22023', 'a candidate there is not'),
    ($$'{1}', '{1}', '{0}', '{1}', '{1}', '{1}', '{1}'$$, '22023', 'nor candidate 0'),
    ($$'{1}', '{1}', '{1}', '{2}', '{1}', '{1}', '{1}'$$, '22023', 'an item without capacity'),
    ($$'{1}', '{1}', '{1}', '{1}', '{1}', '{1,1}', '{1,2}'$$, '22023', 'an item with two'),
    ($$'{1}', '{1}', '{}', '{}', '{}', '{}', '{}', 0$$, '22023', 'no budget')
) AS v (arguments, state, why);

SELECT * FROM finish();
ROLLBACK;
