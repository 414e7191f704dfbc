-- The other members of the DSO family against the worked examples of the definitions.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- Sales Jan 310, Feb 280, Mar 400, year 4,200; receivables 610 on 1 January and 650 on 31 March, of which 480 not due;
-- open of March 300 (age 10), February 200 (age 40), January 150 (age 75).
SELECT is(round(ar.rolling_dso(650, '{400,280,310}', '{31,28,31}'), 2), 59.09, 'rolling three months');
SELECT is(round(ar.annualised_dso(650, 990), 2), 59.91, 'annualised');
SELECT is(round(ar.annualised_dso(650, 330, 1), 2), 59.91, 'annualised from one month');
SELECT is(round(ar.trailing_year_dso(650, 4200), 2), 56.49, 'trailing year');
SELECT is(round(ar.trailing_year_dso(650, 4200, 366), 2), 56.64, 'trailing year with a leap day');
SELECT is(round(ar.average_balance_dso(610, 650, 4200, 365), 2), 54.75, 'average balance');
SELECT is(round(ar.sales_weighted_dso('{300,200,150}', '{31,28,31}', '{400,280,310}'), 2), 58.25, 'sales-weighted');
SELECT is(round(ar.sales_weighted_dso('{300,200,150}', '{30,30,30}', '{400,280,310}'), 2), 58.44, 'sales-weighted, months of 30 days');
SELECT is(round(ar.true_dso('{300,200,150}', '{10,40,75}', '{400,280,310}'), 2), 72.36, 'true');
SELECT is(round(ar.receivables_turnover(4200, 610, 650), 3), 6.667, 'turnover');
SELECT is(round(ar.turnover_days(4200, 610, 650, 365), 2), 54.75, 'days of turnover');
SELECT is(round(ar.turnover_days(4200, 610, 650, 365) * ar.receivables_turnover(4200, 610, 650), 10), 365.0000000000, 'days of turnover times turnover is the year');
SELECT is(round(ar.collection_effectiveness(610, 990, 650, 480), 2), 84.82, 'collection effectiveness, N = 1');
SELECT is(round(ar.collection_effectiveness(610, 990, 650, 480, 3), 2), 63.04, 'collection effectiveness, N = 3');
SELECT is(ar.deduction_days_outstanding(60, 180, 90), 30::numeric, 'deduction days outstanding');
SELECT is(round(ar.weighted_days('{100,1000}', '{10,20}'), 2), 19.09, 'weighted days to pay');
SELECT is(round(ar.weighted_days('{100,1000}', '{-5,5}'), 2), 4.09, 'weighted days late');
SELECT is(round(ar.weighted_days('{100,1000}', '{0,5}'), 2), 4.55, 'weighted days late, early as 0');

-- countback over dated sales
CREATE FUNCTION pg_temp.shown(dso numeric, truncated boolean) RETURNS text LANGUAGE sql AS $$
    SELECT round(dso, 2) || CASE WHEN truncated THEN ' truncated' ELSE '' END $$;
SELECT is(pg_temp.shown(c.dso, c.truncated), '56.00', 'by month: 31 + 250/280 x 28')
FROM ar.dso_countback_by_month(650, '2025-03-31', '{2025-03-20,2025-03-01,2025-02-11,2025-01-07}', '{100,300,280,310}') AS c;
SELECT is(pg_temp.shown(c.dso, c.truncated), '3.50', 'by day: 1,000 of 300, 0, 500, 400')
FROM ar.dso_countback_by_day(1000, '2025-03-31', '{2025-03-31,2025-03-29,2025-03-28}', '{300,500,400}') AS c;
SELECT is(pg_temp.shown(c.dso, c.truncated), '3.50', 'by day, days without sales listed')
FROM ar.dso_countback(1000, '{300,0,500,400}', '{1,1,1,1}') AS c;
-- 2,000 of 200, 400, 600, 700 and 500 in months of 31, 31, 30, 31 and 30 days: August back to April
SELECT is(pg_temp.shown(c.dso, c.truncated), '129.00', 'by month: 2,000 of five months')
FROM ar.dso_countback_by_month(2000, '2025-08-31', '{2025-08-01,2025-07-01,2025-06-01,2025-05-01,2025-04-01}', '{200,400,600,700,500}') AS c;
SELECT is(pg_temp.shown(c.dso, c.truncated), expected, name)
FROM (VALUES
    ('a month that has elapsed in part', 500, '2025-03-10', '{2025-03-05,2025-02-10}', '{100,700}', NULL, '26.00'),
    ('sales after the as-of date are left out', 400, '2025-03-31', '{2025-04-01,2025-03-15}', '{999,400}', NULL, '31.00'),
    ('sales before the first day are left out', 500, '2025-03-31', '{2025-03-15,2025-02-28}', '{400,400}', '2025-03-01', '31.00 truncated'),
    ('a first day within a month', 800, '2025-03-31', '{2025-03-15,2025-02-15,2025-02-14}', '{400,400,400}', '2025-02-15', '45.00'),
    ('no sales at all: 36 months', 1, '2025-03-31', '{}', '{}', NULL, '1096.00 truncated'),
    ('nothing open', 0, '2025-03-31', '{}', '{}', NULL, '0.00'),
    ('negative receivables', -1, '2025-03-31', '{2025-03-15}', '{400}', NULL, '0.00'),
    ('a leap February', 600, '2024-03-31', '{2024-03-01,2024-02-01}', '{400,400}', NULL, '45.50'),
    ('negative sales add to what remains', 100, '2025-03-31', '{2025-03-02,2025-02-02}', '{-50,300}', NULL, '45.00')
) AS v (name, receivables, as_of, dates, sales, first_day, expected),
    ar.dso_countback_by_month(v.receivables, v.as_of::date, v.dates::date[], v.sales::numeric[], v.first_day::date) AS c;
SELECT is(pg_temp.shown(c.dso, c.truncated), expected, 'by day: ' || name)
FROM (VALUES
    ('days without sales pass', 10.0, '2025-03-31', '{2025-03-21}', '{20}', NULL, '10.50'),
    ('as-of day without sales', 20.0, '2025-03-31', '{2025-03-21}', '{20}', NULL, '11.00'),
    ('several of one day add up', 10.0, '2025-03-31', '{2025-03-31,2025-03-31}', '{10,10}', NULL, '0.50'),
    ('to the first day', 30.0, '2025-03-31', '{2025-03-21}', '{20}', '2025-03-11', '21.00 truncated'),
    ('36 months', 30.0, '2025-03-31', '{2022-04-01,2022-03-31}', '{20,20}', NULL, '1096.00 truncated'),
    ('exactly what was sold', 40.0, '2025-03-31', '{2025-03-31,2025-03-30}', '{20,20}', NULL, '2.00')
) AS v (name, receivables, as_of, dates, sales, first_day, expected),
    ar.dso_countback_by_day(v.receivables, v.as_of::date, v.dates::date[], v.sales::numeric[], v.first_day::date) AS c;

-- Dated sales at random: as the lists of days and of months say.
SELECT setseed(0.29);
CREATE TEMP TABLE sale AS
SELECT book, date '2024-05-31' - (random() * 200)::integer AS day, floor(random() * 3000 - 500)::numeric / 10 AS amount
FROM generate_series(1, 60) AS book, generate_series(1, 2 + book % 25);
CREATE TEMP TABLE listed AS
SELECT b.book, b.receivables, array_agg(s.day ORDER BY s.day DESC) AS dates, array_agg(s.amount ORDER BY s.day DESC) AS sales
FROM (SELECT book, floor(random() * 20000 - 1000)::numeric / 10 AS receivables FROM generate_series(1, 60) AS book) AS b JOIN sale AS s USING (book)
GROUP BY b.book, b.receivables;
SELECT results_eq($$SELECT l.book, round(c.dso, 6), c.truncated FROM listed AS l,
                           ar.dso_countback_by_day(l.receivables, '2024-05-20', l.dates, l.sales, '2023-11-10') AS c ORDER BY 1$$,
    $$SELECT l.book, round(c.dso, 6), c.truncated FROM listed AS l, LATERAL (
          SELECT array_agg(d.amount ORDER BY d.day DESC) AS sales FROM (
              SELECT g.day, coalesce(sum(s.amount), 0) AS amount
              FROM generate_series('2023-11-10'::date, '2024-05-20'::date, interval '1 day') AS g (day)
              LEFT JOIN sale AS s ON s.book = l.book AND s.day = g.day GROUP BY g.day) AS d) AS d,
          ar.dso_countback(l.receivables, d.sales, array_fill(1, ARRAY[cardinality(d.sales)])) AS c ORDER BY 1$$,
    'by day, as a list of every day');
SELECT results_eq($$SELECT l.book, round(c.dso, 6), c.truncated FROM listed AS l,
                           ar.dso_countback_by_month(l.receivables, '2024-05-20', l.dates, l.sales, '2023-11-10') AS c ORDER BY 1$$,
    $$SELECT l.book, round(c.dso, 6), c.truncated FROM listed AS l, LATERAL (
          SELECT array_agg(d.amount ORDER BY d.month DESC) AS sales FROM (
              SELECT g.month, coalesce(sum(s.amount), 0) AS amount
              FROM generate_series('2023-11-01'::date, '2024-05-01'::date, interval '1 month') AS g (month)
              LEFT JOIN sale AS s ON s.book = l.book AND date_trunc('month', s.day) = g.month AND s.day BETWEEN '2023-11-10' AND '2024-05-20'
              GROUP BY g.month) AS d) AS d,
          ar.dso_countback(l.receivables, d.sales, '{20,30,31,29,31,31,21}') AS c ORDER BY 1$$,
    'by month, as a list of every month');
SELECT is((SELECT count(DISTINCT c.truncated) FROM listed AS l, ar.dso_countback_by_day(l.receivables, '2024-05-20', l.dates, l.sales, '2023-11-10') AS c), 2::bigint,
          'they are exhausted at times');

-- the aggregate
SELECT is(round(ar.true_dso_agg(a, d, s), 2), 72.36, 'true DSO over rows')
FROM (VALUES (300, 10, 400), (200, 40, 280), (150, 75, 310), (NULL, NULL, 0)) AS v (a, d, s);
SELECT is(ar.true_dso_agg(a, d, s), NULL::numeric, 'over rows: null where a month has no sales')
FROM (VALUES (300, 10, 400), (200, 40, NULL), (150, 75, 310)) AS v (a, d, s);
SELECT is(ar.true_dso_agg(NULL, 1, 1), NULL::numeric, 'over nothing: null');
SELECT throws_ok('SELECT ar.true_dso_agg(1, NULL, 1)', '22004', NULL, 'an amount without an age');

-- Undefined is null, never 0.
SELECT is(v, NULL::numeric, name)
FROM (VALUES ('rolling without sales', ar.rolling_dso(650, '{0,0}', '{31,28}')), ('rolling of nothing', ar.rolling_dso(650, '{}', '{}')),
             ('rolling, sales negative', ar.rolling_dso(650, '{10,-20}', '{31,28}')),
             ('annualised without sales', ar.annualised_dso(650, 0)), ('trailing year without sales', ar.trailing_year_dso(650, 0)),
             ('average balance without sales', ar.average_balance_dso(610, 650, 0, 90)),
             ('sales-weighted, open of a month without sales', ar.sales_weighted_dso('{300,1}', '{31,28}', '{400,0}')),
             ('true, sales negative', ar.true_dso('{300}', '{10}', '{-400}')),
             ('turnover of nothing', ar.receivables_turnover(4200, 0, 0)), ('turnover of a negative balance', ar.receivables_turnover(4200, -10, 0)),
             ('days of turnover without sales', ar.turnover_days(0, 610, 650, 365)), ('days of turnover of nothing', ar.turnover_days(10, 0, 0, 365)),
             ('nothing to collect', ar.collection_effectiveness(0, 100, 100, 100)), ('less than nothing to collect', ar.collection_effectiveness(0, 100, 100, 120)),
             ('no deductions raised', ar.deduction_days_outstanding(60, 0, 90)),
             ('days of no amount', ar.weighted_days('{}', '{}')), ('days of amounts that cancel', ar.weighted_days('{1,-1}', '{1,2}')),
             ('opening unknown', ar.collection_effectiveness(NULL, 100, 100, 80)),
             ('countback unknown', (SELECT dso FROM ar.dso_countback_by_day(NULL, '2025-01-01', '{}', '{}')))) AS v (name, v);
SELECT is(v, e::numeric, name)
FROM (VALUES ('sales-weighted, nothing open of a month without sales', round(ar.sales_weighted_dso('{300,0}', '{31,28}', '{400,0}'), 2), 23.25),
             ('nothing open at all', ar.true_dso('{}', '{}', '{}'), 0), ('negative receivables', ar.annualised_dso(-12, 365 * 3), -1),
             ('everything collected', ar.collection_effectiveness(100, 100, 50, 50), 100),
             ('more open than owed, not cut off', ar.collection_effectiveness(100, 0, 150, 0), -50)) AS v (name, v, e);

SELECT throws_ok('SELECT ' || call, state, NULL, call)
FROM (VALUES ($$ar.rolling_dso(1, '{1,2}', '{30}')$$, '2202E'), ($$ar.rolling_dso(1, '{1}', '{0}')$$, '22023'), ($$ar.rolling_dso('NaN', '{1}', '{30}')$$, '22003'),
             ($$ar.rolling_dso(1, '{NaN}', '{30}')$$, '22003'), ($$ar.rolling_dso(1, '{NULL}', '{30}')$$, '22004'), ($$ar.annualised_dso(1, 1, 0)$$, '22023'),
             ($$ar.annualised_dso(1, 1, 3, 0)$$, '22023'), ($$ar.average_balance_dso('Infinity', 1, 1, 1)$$, '22003'), ($$ar.true_dso('{1}', '{-1}', '{1}')$$, '22023'),
             ($$ar.true_dso('{1}', '{1}', '{}')$$, '2202E'), ($$ar.collection_effectiveness(1, 1, 1, 0, 0)$$, '22023'),
             ($$ar.collection_effectiveness(1, 'NaN', 1, 0)$$, '22003'), ($$ar.weighted_days('{1}', '{}')$$, '2202E'),
             ($$ar.dso_countback_by_day(1, '2025-01-31', '{2025-01-01,2025-01-02}', '{1,1}')$$, '22023'),
             ($$ar.dso_countback_by_day(1, 'infinity', '{}', '{}')$$, '22008'), ($$ar.dso_countback_by_month(1, '2025-01-31', '{-infinity}', '{1}')$$, '22008'),
             ($$ar.dso_countback_by_month(1, '2025-01-31', '{2025-01-01}', '{}')$$, '2202E'), ($$ar.turnover_days(1, 1, 1, 0)$$, '22023')) AS v (call, state);

SELECT * FROM finish();
ROLLBACK;
