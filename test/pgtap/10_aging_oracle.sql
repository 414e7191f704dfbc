-- The ageing aggregate against sum() FILTER on random items, to digit and scale.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();

-- The same answer from plain SQL: what ar.aging_agg is to give for these items.
CREATE FUNCTION pg_temp.oracle(amounts numeric[], dues date[], as_of date, bounds integer[] DEFAULT '{0,30,60,90}')
    RETURNS text LANGUAGE sql AS $$
    WITH item AS (
        SELECT u.amount, as_of - u.due AS days
        FROM unnest(amounts, dues) AS u (amount, due) WHERE u.amount IS NOT NULL
    ), bucket AS (
        SELECT n, bounds[n - 1] AS after_day, bounds[n] AS last_day
        FROM generate_series(1, cardinality(bounds) + 1) AS n
    ), summed AS (
        SELECT b.n,
               coalesce(sum(i.amount) FILTER (WHERE (b.after_day IS NULL OR i.days > b.after_day)
                                                AND (b.last_day IS NULL OR i.days <= b.last_day)), 0) AS amount,
               count(*) FILTER (WHERE (b.after_day IS NULL OR i.days > b.after_day)
                                  AND (b.last_day IS NULL OR i.days <= b.last_day)) AS items
        FROM bucket AS b CROSS JOIN item AS i GROUP BY b.n
    )
    SELECT concat_ws(' ', (SELECT array_agg(s.amount ORDER BY s.n) FROM summed AS s)::text,
                     (SELECT array_agg(s.items ORDER BY s.n) FROM summed AS s)::text,
                     count(*), sum(i.amount),
                     CASE WHEN 0 = ANY (bounds) THEN coalesce(sum(i.amount) FILTER (WHERE i.days > 0), 0) END)
    FROM item AS i HAVING count(*) > 0
$$;
CREATE FUNCTION pg_temp.oracle_average(amounts numeric[], dues date[], as_of date) RETURNS numeric LANGUAGE sql AS $$
    SELECT sum(u.amount * (as_of - u.due)) / nullif(sum(u.amount), 0)
    FROM unnest(amounts, dues) AS u (amount, due) WHERE u.amount > 0 AND u.due < as_of
$$;
CREATE FUNCTION pg_temp.answer(aging ar.aging) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', ar.amounts(aging)::text, ar.counts(aging)::text, ar.item_count(aging),
                     ar.total(aging), ar.overdue(aging))
    WHERE aging IS NOT NULL
$$;
-- The average is a quotient: its last digit depends on the decimals that both sums show.
CREATE FUNCTION pg_temp.same_average(a numeric, b numeric) RETURNS boolean LANGUAGE sql AS $$
    SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE abs(a - b) < 1e-10 END
$$;

CREATE FUNCTION pg_temp.digits(n integer) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(floor(random() * 10)::integer::text, '') FROM generate_series(1, n)
$$;
CREATE FUNCTION pg_temp.random_amount(kind text) RETURNS numeric LANGUAGE sql VOLATILE AS $$
    SELECT CASE kind
        WHEN 'whole numbers' THEN floor(random() * 200000 - 50000)::bigint::numeric
        WHEN 'cents' THEN (floor(random() * 20000000 - 5000000)::bigint || 'e-2')::numeric
        WHEN 'multiples of 0.0001' THEN (floor(random() * 9 - 4)::integer || 'e-4')::numeric
        WHEN 'credits only' THEN (floor(random() * -1000000)::bigint || 'e-2')::numeric
        WHEN 'zeros' THEN ('{0,0.00,0.0000,-0}'::numeric[])[1 + floor(random() * 4)::integer]
        WHEN 'mixed scales' THEN (floor(random() * 10 ^ floor(random() * 12) - 1000)::bigint
                                  || 'e-' || floor(random() * 11)::integer)::numeric
        WHEN '30 digits' THEN (CASE WHEN random() < 0.4 THEN '-' ELSE '' END || pg_temp.digits(30)
                               || 'e-' || floor(random() * 20)::integer)::numeric
        WHEN 'near 2^63' THEN ('{922337203685477.5807,922337203685477.5808,-922337203685477.5808,0.0001,-0.0001,
                                 9223372036854775807,-9223372036854775808,18446744073709551616}'::numeric[])
                              [1 + floor(random() * 8)::integer]
        WHEN 'large and small' THEN ('{100000000000000000000,-99999999999999999999.99,0.0000000001,12.30,-0.5,7e60,3e-40}'::numeric[])
                                    [1 + floor(random() * 7)::integer]
    END
$$;

SELECT setseed(0.20250331);
CREATE TEMP TABLE kind AS
SELECT unnest('{whole numbers,cents,multiples of 0.0001,credits only,zeros,mixed scales,30 digits,near 2^63,
                large and small}'::text[]) AS kind;
-- One amount in twenty is missing; group 0 has one item only, group 39 no amount at all.
CREATE TEMP TABLE item AS
SELECT k.kind, n, CASE WHEN n = 1 THEN 0 ELSE 1 + n % 39 END AS customer, n % 3 AS region, random() < 0.3 AS disputed,
       CASE WHEN random() < 0.05 OR n % 39 = 38 THEN NULL ELSE pg_temp.random_amount(k.kind) END AS amount,
       CASE WHEN random() < 0.2 THEN date '2025-03-31' - ('{-1,0,1,30,31,60,61,90,91}'::integer[])[1 + floor(random() * 9)::integer]
            ELSE date '2025-03-31' - floor(random() * 700 - 200)::integer END AS due
FROM kind AS k, generate_series(1, 1500) AS n;
ANALYZE item;
-- Bounds of every number from 1 to 32, half of them with day 0 among them.
CREATE TEMP TABLE bounds AS
SELECT n, (SELECT array_agg(b.day ORDER BY b.day)
           FROM (SELECT day FROM generate_series(-150, 450) AS day
                 WHERE day <> 0 OR n % 2 = 1
                 ORDER BY (day <> 0), random() + n * 0 LIMIT n) AS b) AS bounds
FROM generate_series(1, 32) AS n;

SELECT is((SELECT count(DISTINCT i.kind || ' ' || i.customer) FROM item AS i), 9 * 40::bigint, 'random items of nine kinds of amounts, forty customers each');
SELECT is((SELECT count(DISTINCT cardinality(b.bounds)) FROM bounds AS b), 32::bigint, 'random bounds, from 1 to 32 of them');

SELECT is_empty(format($$
    SELECT * FROM (SELECT pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31')) AS answer,
                          pg_temp.oracle(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i WHERE i.kind = %L) AS x
    WHERE x.answer IS DISTINCT FROM x.expected OR x.answer IS NULL$$, kind), 'all items, ' || kind)
FROM kind;
SELECT is_empty(format($$
    SELECT * FROM (SELECT i.customer, pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31')) AS answer,
                          pg_temp.oracle(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i WHERE i.kind = %L GROUP BY i.customer) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, kind), 'by customer, ' || kind)
FROM kind;
SELECT is((SELECT count(*) FROM (SELECT ar.aging_agg(i.amount, i.due, '2025-03-31') AS aging FROM item AS i
                                 WHERE i.customer = 39 GROUP BY i.kind) AS x WHERE x.aging IS NULL), 9::bigint,
          'a customer whose amounts are all null has no ageing');

-- Both ways to group: the state is kept in a hash table, or one at a time.
SET LOCAL enable_hashagg = off;
SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, i.customer, pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31')) AS answer,
                          pg_temp.oracle(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i GROUP BY i.kind, i.customer) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'by customer, grouped by sorting');
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64kB';
SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, i.n / 2 AS pair, pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31')) AS answer,
                          pg_temp.oracle(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i GROUP BY i.kind, i.n / 2) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'groups of two items, grouped by hashing in little memory');
RESET enable_sort;
RESET work_mem;

SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, i.customer,
                          pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31') FILTER (WHERE i.disputed)) AS answer,
                          pg_temp.oracle(array_agg(i.amount) FILTER (WHERE i.disputed),
                                         array_agg(i.due) FILTER (WHERE i.disputed), '2025-03-31') AS expected
                   FROM item AS i GROUP BY i.kind, i.customer) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'with FILTER');
SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, i.region, i.customer, pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31')) AS answer,
                          pg_temp.oracle(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i GROUP BY ROLLUP (i.kind, i.region, i.customer)) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'with ROLLUP');
SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, i.region, pg_temp.answer(ar.aging_agg(DISTINCT i.amount, i.due, '2025-03-31')) AS answer,
                          (SELECT pg_temp.oracle(array_agg(d.amount), array_agg(d.due), '2025-03-31')
                           FROM (SELECT DISTINCT j.amount, j.due FROM item AS j
                                 WHERE j.kind = i.kind AND j.region = i.region) AS d) AS expected
                   FROM item AS i WHERE i.kind IN ('whole numbers', 'cents') GROUP BY i.kind, i.region) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'with DISTINCT');
SELECT is_empty($$
    SELECT * FROM (SELECT pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31') OVER w) AS answer,
                          pg_temp.oracle(array_agg(i.amount) OVER w, array_agg(i.due) OVER w, '2025-03-31') AS expected
                   FROM item AS i WHERE i.customer < 10 WINDOW w AS (PARTITION BY i.kind, i.customer ORDER BY i.n)) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'as a window aggregate, running');
SELECT is_empty($$
    SELECT * FROM (SELECT pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31') OVER w) AS answer,
                          pg_temp.oracle(array_agg(i.amount) OVER w, array_agg(i.due) OVER w, '2025-03-31') AS expected
                   FROM item AS i WHERE i.customer < 10
                   WINDOW w AS (PARTITION BY i.kind, i.customer ORDER BY i.n ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING)) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'as a window aggregate, over a moving frame');
-- A running roll-up must not write into the values it is given.
SELECT is_empty($$
    SELECT * FROM (SELECT i.n, pg_temp.answer(ar.aging_agg(i.aging) OVER w) AS answer,
                          pg_temp.oracle(array_agg(i.amount) OVER w, array_agg(i.due) OVER w, '2025-03-31') AS expected
                   FROM (SELECT j.*, ar.aging_agg(j.amount, j.due, '2025-03-31') OVER (PARTITION BY j.kind, j.n) AS aging
                         FROM item AS j WHERE j.customer < 6) AS i
                   WINDOW w AS (PARTITION BY i.kind ORDER BY i.n)) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'rolled up as a window aggregate');

SELECT is_empty(format($$
    SELECT * FROM (SELECT b.n, pg_temp.answer(ar.aging_agg(i.amount, i.due, '2025-03-31', b.bounds)) AS answer,
                          pg_temp.oracle(array_agg(i.amount), array_agg(i.due), '2025-03-31', b.bounds) AS expected
                   FROM item AS i CROSS JOIN bounds AS b WHERE i.kind = %L AND i.n <= 200 GROUP BY b.n, b.bounds) AS x
    WHERE x.answer IS DISTINCT FROM x.expected OR x.answer IS NULL$$, kind), 'by random bounds, ' || kind)
FROM kind;
SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, ar.aging_agg(i.amount, i.due, '2025-03-31')::text AS one,
                          ar.aging_agg(i.amount, i.due, '2025-03-31', '{0,30,60,90}')::text AS other
                   FROM item AS i GROUP BY i.kind) AS x
    WHERE x.one IS DISTINCT FROM x.other$$, 'the default bounds given as bounds make no difference');
SELECT is_empty($$
    SELECT * FROM (SELECT b.n, ar.bounds(ar.aging_agg(i.amount, i.due, '2025-03-31', b.bounds)) AS answer, b.bounds AS expected
                   FROM item AS i CROSS JOIN bounds AS b WHERE i.kind = 'cents' GROUP BY b.n, b.bounds) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'the bounds come back as given');

SELECT is_empty($$
    SELECT * FROM (SELECT i.kind, i.customer,
                          ar.average_days_past_due(ar.aging_agg(i.amount, i.due, '2025-03-31')) AS answer,
                          pg_temp.oracle_average(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i GROUP BY i.kind, i.customer) AS x
    WHERE NOT pg_temp.same_average(x.answer, x.expected)$$, 'days past due, weighted by amount, by customer');
SELECT is_empty($$
    SELECT * FROM (SELECT b.n, ar.average_days_past_due(ar.aging_agg(i.amount, i.due, '2025-03-31', b.bounds)) AS answer,
                          pg_temp.oracle_average(array_agg(i.amount), array_agg(i.due), '2025-03-31') AS expected
                   FROM item AS i CROSS JOIN bounds AS b WHERE i.kind = 'mixed scales' AND i.n < 300 GROUP BY b.n, b.bounds) AS x
    WHERE NOT pg_temp.same_average(x.answer, x.expected)$$, 'days past due do not depend on the bounds');
SELECT is((SELECT ar.average_days_past_due(ar.aging_agg(i.amount, i.due, '2025-03-31')) FROM item AS i WHERE i.kind = 'credits only'),
          NULL::numeric, 'credits have no days past due');

-- The as-of date may differ from row to row.
SELECT is_empty($$
    SELECT * FROM (SELECT ar.amounts(ar.aging_agg(i.amount, i.due, i.due + i.n % 120))::text AS answer,
                          ARRAY[coalesce(sum(i.amount) FILTER (WHERE i.n % 120 = 0), 0),
                                coalesce(sum(i.amount) FILTER (WHERE i.n % 120 BETWEEN 1 AND 30), 0),
                                coalesce(sum(i.amount) FILTER (WHERE i.n % 120 BETWEEN 31 AND 60), 0),
                                coalesce(sum(i.amount) FILTER (WHERE i.n % 120 BETWEEN 61 AND 90), 0),
                                coalesce(sum(i.amount) FILTER (WHERE i.n % 120 > 90), 0)]::text AS expected
                   FROM item AS i GROUP BY i.kind) AS x
    WHERE x.answer IS DISTINCT FROM x.expected$$, 'with an as-of date for each item');
-- The farthest dates there are: days that need more than 31 bits.
SELECT is(ar.average_days_past_due(ar.aging_agg(a, '4714-11-24 BC', '5874897-12-31')),
          (date '5874897-12-31' - date '4714-11-24 BC')::numeric, 'from the first date there is to the last')
FROM (VALUES (1::numeric), (2.50)) AS v (a);
SELECT is(ar.counts(ar.aging_agg(1, '5874897-12-31', '4714-11-24 BC')), '{1,0,0,0,0}'::bigint[], 'from the last date to the first: not due');

SELECT * FROM finish();
ROLLBACK;
