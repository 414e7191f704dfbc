-- Days sales outstanding and its kin against the worked examples of the definitions.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- Sales Jan 310, Feb 280, Mar 400, year 4,200; receivables 610 on 1 January and 650 on 31 March, of which 480 not due.
SELECT is(round(ar.dso(650, 400, 31), 2), 50.38, 'standard, one month');
SELECT is(round(ar.dso(650, 310 + 280 + 400, 90), 2), 59.09, 'standard, rolling three months');
SELECT is(round(ar.dso(650, 990 * 4, 365), 2), 59.91, 'annualised');
SELECT is(round(ar.dso(650, 4200, 365), 2), 56.49, 'trailing year');
SELECT is(round(ar.dso((610 + 650) / 2.0, 4200, 365), 2), 54.75, 'average receivables');
SELECT is(round(ar.best_possible_dso(480, 990, 90), 2), 43.64, 'best possible');
SELECT is(round(ar.average_days_delinquent(650 - 480, 990, 90), 2), 15.45, 'average days delinquent');
SELECT is(round(ar.dso(650, 990, 90) - ar.best_possible_dso(480, 990, 90) - ar.average_days_delinquent(170, 990, 90), 10), 0.0000000000,
          'days delinquent are standard less best possible');
SELECT is(ar.dso(2, 3, 10) > 6.666666 AND ar.dso(2, 3, 10) < 6.666667, true, 'not rounded');
SELECT is(ar.dso(1000000000000000000000.01, 1000000000000000000000.01, 90), 90::numeric, 'amounts of 24 digits are exact');
SELECT is(ar.dso(0, 400, 30), 0::numeric, 'nothing open: 0');
SELECT is(ar.dso(-100, 400, 30), -7.5, 'negative receivables are shown as they are');

-- Undefined is null, never 0.
SELECT is(ar.dso(650, 0, 31), NULL::numeric, 'no sales: null');
SELECT is(ar.dso(650, -1, 31), NULL::numeric, 'negative sales: null');
SELECT is(ar.dso(0, 0, 31), NULL::numeric, 'nothing of nothing: null');
SELECT is(ar.best_possible_dso(650, 0, 31), NULL::numeric, 'best possible without sales: null');
SELECT is(ar.average_days_delinquent(650, 0, 31), NULL::numeric, 'days delinquent without sales: null');
SELECT is(ar.dso(NULL, 400, 31), NULL::numeric, 'receivables unknown: null');
SELECT is(ar.dso(650, NULL, 31), NULL::numeric, 'sales unknown: null');
SELECT is(ar.dso(650, 400, NULL), NULL::numeric, 'days unknown: null');

SELECT throws_ok(format('SELECT ar.%s(%s)', f, a), e, NULL, f || ' refuses ' || a)
FROM unnest('{dso,best_possible_dso,average_days_delinquent}'::text[]) AS f,
     (VALUES ($$'NaN', 400, 31$$, '22003'), ($$650, 'NaN', 31$$, '22003'), ($$'Infinity', 400, 31$$, '22003'),
             ($$650, '-Infinity', 31$$, '22003'), ('650, 400, 0', '22023'), ('650, 400, -30', '22023')) AS v (a, e);

-- Countback
CREATE FUNCTION pg_temp.countback(receivables numeric, sales numeric[], days integer[]) RETURNS text LANGUAGE sql AS $$
    SELECT round(c.dso, 2) || CASE WHEN c.truncated THEN ' truncated' ELSE '' END FROM ar.dso_countback(receivables, sales, days) AS c
$$;
SELECT is(pg_temp.countback(receivables, sales::numeric[], days::integer[]), expected, name)
FROM (VALUES
    ('months: 31 + 250/280 x 28', 650, '{400,280,310}', '{31,28,31}', '56.00'),
    ('months: 2,000 of 200, 400, 600, 700, 500', 2000, '{200,400,600,700,500}', '{31,31,30,31,30}', '129.00'),
    ('days: 1,000 of 300, 0, 500, 400', 1000, '{300,0,500,400}', '{1,1,1,1}', '3.50'),
    ('nothing open', 0, '{400,280}', '{31,28}', '0.00'),
    ('negative receivables', -50, '{400,280}', '{31,28}', '0.00'),
    ('within the first period', 100, '{400,280}', '{31,28}', '7.75'),
    ('exactly the first period', 400, '{400,280}', '{31,28}', '31.00'),
    ('exactly all periods', 680, '{400,280}', '{31,28}', '59.00'),
    ('more than all periods', 680.01, '{400,280}', '{31,28}', '59.00 truncated'),
    ('a period without sales passes with its days', 500, '{0,0,1000}', '{10,31,30}', '56.00'),
    -- 100 + 50 remain after the first, half of the second's 30 days.
    ('negative sales add to what remains', 100, '{-50,300}', '{10,30}', '25.00'),
    ('no period', 100, '{}', '{}', '0.00 truncated'),
    ('nothing open and no period', 0, '{}', '{}', '0.00'),
    ('no sales at all', 100, '{0,0}', '{31,28}', '59.00 truncated'),
    ('an as-of month that has elapsed in part', 500, '{100,800}', '{10,31}', '25.50')
) AS v (name, receivables, sales, days, expected);
SELECT is((SELECT c.dso > 12.9166 AND c.dso < 12.9167 FROM ar.dso_countback(500, '{1200}', '{31}') AS c), true, 'countback is not rounded');
SELECT is((SELECT c.dso FROM ar.dso_countback(NULL, '{1}', '{1}') AS c), NULL::numeric, 'countback of unknown receivables: null');
SELECT is((SELECT c.truncated FROM ar.dso_countback(1, NULL, '{1}') AS c), NULL::boolean, 'countback of unknown sales: null');

-- The same by a loop in PL/pgSQL, on random sales.
CREATE FUNCTION pg_temp.loop(rest numeric, sales numeric[], days integer[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result numeric := 0;
BEGIN
    FOR i IN 1 .. cardinality(sales) LOOP
        EXIT WHEN rest <= 0;
        IF rest >= sales[i] THEN
            result := result + days[i];
            rest := rest - sales[i];
        ELSE
            RETURN round(result + rest * days[i] / sales[i], 6) || ' false';
        END IF;
    END LOOP;
    RETURN round(result, 6) || ' ' || (rest > 0)::text;
END;
$$;
SELECT setseed(0.75);
CREATE TEMP TABLE book AS
SELECT floor(random() * 20000 - 1000)::numeric / 10 AS receivables,
       ARRAY(SELECT CASE WHEN random() < 0.2 THEN 0 ELSE floor(random() * 4000 - 500)::numeric / 10 END FROM generate_series(1, 1 + n % 12)) AS sales,
       ARRAY(SELECT 1 + floor(random() * 31)::integer FROM generate_series(1, 1 + n % 12)) AS days
FROM generate_series(1, 1000) AS n;
SELECT is_empty($$
    SELECT * FROM (SELECT b.*, round(c.dso, 6) || ' ' || c.truncated::text AS answer, pg_temp.loop(b.receivables, b.sales, b.days) AS expected
                   FROM book AS b, ar.dso_countback(b.receivables, b.sales, b.days) AS c) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'countback of random sales');
SELECT is((SELECT count(DISTINCT c.truncated) FROM book AS b, ar.dso_countback(b.receivables, b.sales, b.days) AS c), 2::bigint,
          'random sales are exhausted at times');

SELECT throws_ok(format('SELECT ar.dso_countback(%s)', a), e, NULL, 'countback refuses ' || a)
FROM (VALUES ($$100, '{1,2}', '{30}'$$, '2202E'), ($$100, '{1}', '{30,31}'$$, '2202E'), ($$100, '{{1,2}}', '{{30,31}}'$$, '2202E'),
             ($$100, '{1,NULL}', '{30,31}'$$, '22004'), ($$100, '{1,2}', '{30,NULL}'$$, '22004'), ($$'NaN', '{1}', '{30}'$$, '22003'),
             ($$100, '{NaN}', '{30}'$$, '22003'), ($$100, '{1,Infinity}', '{30,31}'$$, '22003'), ($$100, '{1}', '{0}'$$, '22023'),
             ($$0, '{1}', '{-1}'$$, '22023')) AS v (a, e);

SELECT * FROM finish();
ROLLBACK;
