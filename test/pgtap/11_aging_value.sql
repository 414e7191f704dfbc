-- An ageing as a value: text, addition, roll-up, order, casts, buckets.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
-- The operators are in schema ar.
SET LOCAL search_path TO public, ar;
SELECT no_plan();

-- The worked example of the definitions: three invoices, 45 and 9 days past due and one not due.
CREATE TEMP TABLE example AS
SELECT * FROM (VALUES ('I1', 10000.00, date '2025-01-15', date '2025-02-14'),
                      ('I2', 6000.00, '2025-02-20', '2025-03-22'),
                      ('I3', 4000.00, '2025-03-10', '2025-04-09')) AS v (invoice, amount, invoice_date, due_date);
CREATE TEMP TABLE aged AS
SELECT ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM example;

SELECT is(aging::text, '{0,30,60,90}{4000.00,6000.00,10000.00,0,0}{1,1,1,0,0}{16000.00,504000.00}', 'text form') FROM aged;
SELECT is(ar.amounts(aging), '{4000,6000,10000,0,0}'::numeric[], 'amounts of the buckets') FROM aged;
SELECT is(ar.counts(aging), '{1,1,1,0,0}'::bigint[], 'items of the buckets') FROM aged;
SELECT is(ar.bounds(aging), '{0,30,60,90}'::integer[], 'default bounds') FROM aged;
SELECT is(ar.item_count(aging), 3::bigint, 'items in all') FROM aged;
SELECT is(ar.total(aging)::text, '20000.00', 'total') FROM aged;
SELECT is(ar.overdue(aging)::text, '16000.00', 'overdue') FROM aged;
SELECT is(round(ar.average_days_past_due(aging), 2), 31.50, 'average days past due') FROM aged;
SELECT is(array_agg(ar.amount(aging, n) ORDER BY n)::text, '{4000.00,6000.00,10000.00,0,0}', 'amount of one bucket')
FROM aged, generate_series(1, 5) AS n;
SELECT is(ar.amount(aging, 2, 0)::text, '6000', 'amount rounded to no decimals') FROM aged;
SELECT is(ar.amount(aging, 4, 3)::text, '0.000', 'amount shown to three decimals') FROM aged;
SELECT is((SELECT array_agg(ar.amount(format('{0}{%s,0}{1,0}{0,0}', v)::ar.aging, 1, d)::text ORDER BY v, d)
           FROM (VALUES (-2.345), (2.345), (2.355)) AS a (v), (VALUES (0), (1), (2), (3), (4)) AS b (d)),
          (SELECT array_agg(round(v, d)::text ORDER BY v, d)
           FROM (VALUES (-2.345), (2.345), (2.355)) AS a (v), (VALUES (0), (1), (2), (3), (4)) AS b (d)),
          'amounts are rounded as round() does');
SELECT is(ARRAY[ar.total(aging, 0), ar.total(aging, 2), ar.total(aging, 4), ar.total('{0}{1.005,1.00}{1,1}{1,1}', 2), ar.total('{0}{-1.005,0}{1,0}{0,0}', 2),
                ar.total('{0}{15,0}{1,0}{0,0}', -1)]::text, '{20000,20000.00,20000.0000,2.01,-1.01,20}', 'total rounded to decimals') FROM aged;
SELECT throws_ok($$SELECT ar.amount(aging, 0) FROM aged$$, '22023', 'ageing has no bucket 0', 'there is no bucket 0');
SELECT throws_ok($$SELECT ar.amount(aging, 6) FROM aged$$, '22023', 'ageing has no bucket 6', 'there is no bucket 6');
SELECT throws_ok($$SELECT ar.amount(aging, 6, 2) FROM aged$$, '22023', 'ageing has no bucket 6', 'there is no bucket 6 to round');
SELECT is(ar.overdue(ar.aging_agg(amount, due_date, '2025-03-31', '{30,60}')), NULL::numeric,
          'overdue is unknown where 0 is not among the bounds') FROM example;
SELECT is(ar.overdue(ar.aging_agg(amount, due_date, '2025-03-31', '{-10,0}')), 16000.00,
          'overdue with 0 as the last bound') FROM example;

-- buckets
SELECT results_eq($$SELECT b.* FROM aged, ar.buckets(aging) AS b$$,
    $$VALUES (1, 'not due', NULL::integer, 0, 1::bigint, 4000.00), (2, '1-30', 1, 30, 1, 6000.00),
             (3, '31-60', 31, 60, 1, 10000.00), (4, '61-90', 61, 90, 0, 0), (5, 'over 90', 91, NULL, 0, 0)$$,
    'buckets of the default bounds');
-- By invoice date the ages are 75, 39 and 21.
SELECT results_eq($$SELECT b.* FROM (SELECT ar.aging_agg(amount, invoice_date, '2025-03-31', '{30,60,90}') AS aging
                                     FROM example) AS a, ar.buckets(a.aging) AS b$$,
    $$VALUES (1, 'up to 30', NULL::integer, 30, 1::bigint, 4000.00), (2, '31-60', 31, 60, 1, 6000.00),
             (3, '61-90', 61, 90, 1, 10000.00), (4, 'over 90', 91, NULL, 0, 0)$$,
    'buckets by age of the invoice');
SELECT results_eq($$SELECT b.bucket, b.label, b.from_days, b.to_days, b.item_count
                    FROM (SELECT ar.aging_agg(1, date '2025-03-31' - d, '2025-03-31', '{-30,-1,0,1,5}') AS aging
                          FROM unnest('{-31,-30,-29,-1,0,1,2,5,6}'::integer[]) AS d) AS a, ar.buckets(a.aging) AS b$$,
    $$VALUES (1, 'up to -30', NULL::integer, -30, 2::bigint), (2, '-29 to -1', -29, -1, 2), (3, '0', 0, 0, 1),
             (4, '1', 1, 1, 1), (5, '2-5', 2, 5, 2), (6, 'over 5', 6, NULL, 1)$$,
    'buckets with negative bounds and buckets of one day');
SELECT results_eq($$SELECT b.label, b.from_days, b.to_days
                    FROM (SELECT ar.aging_agg(1, '2025-03-31', '2025-03-31', '{-2147483648,2147483646}') AS aging) AS a,
                         ar.buckets(a.aging) AS b$$,
    $$VALUES ('up to -2147483648', NULL::integer, -2147483648), ('-2147483647 to 2147483646', -2147483647, 2147483646),
             ('over 2147483646', 2147483647, NULL)$$, 'buckets with the farthest bounds');

-- text form and back
SELECT setseed(0.5);
CREATE TEMP TABLE stored (g integer, r integer, k integer, aging ar.aging);
INSERT INTO stored
SELECT i.n % 200, i.n % 7, i.n % 5, ar.aging_agg(i.amount, i.due, '2025-03-31', i.bounds)
FROM (SELECT n, CASE n % 5 WHEN 0 THEN '{0,30,60,90}' WHEN 1 THEN '{-60,-30,-1,0,30,365}' WHEN 2 THEN '{30,60,90}'
                           WHEN 3 THEN '{0}' ELSE ARRAY(SELECT generate_series(-10, 21)) END::integer[] AS bounds,
             CASE n % 4 WHEN 0 THEN (floor(random() * 2000000 - 500000)::bigint || 'e-2')::numeric
                        WHEN 1 THEN (floor(random() * 1e9 - 1e8)::bigint || 'e-' || floor(random() * 12)::integer)::numeric
                        WHEN 2 THEN ('{0,0.0001,-0.0001,0.00}'::numeric[])[1 + floor(random() * 4)::integer]
                        ELSE (floor(random() * 1e15)::bigint || lpad(floor(random() * 1e15)::bigint::text, 15, '0')
                              || 'e-' || floor(random() * 15)::integer)::numeric END AS amount,
             date '2025-03-31' - floor(random() * 500 - 150)::integer AS due
      FROM generate_series(1, 8000) AS n) AS i
GROUP BY 1, 2, 3, i.bounds;

SELECT cmp_ok((SELECT count(*) FROM stored), '>', 1000::bigint, 'random ageings');
SELECT is_empty($$SELECT aging FROM stored WHERE aging::text::ar.aging::text <> aging::text$$, 'text read back gives the same text');
SELECT is_empty($$SELECT aging FROM stored WHERE aging::text::ar.aging <> aging$$, 'text read back gives the same value');
SELECT is_empty($$SELECT aging FROM stored
                  WHERE ar.average_days_past_due(aging::text::ar.aging)::text IS DISTINCT FROM ar.average_days_past_due(aging)::text$$,
                'text read back keeps the days');
SELECT lives_ok($$SELECT ar.aging_agg(1.5::numeric(1000,300), '2025-01-01', '2025-03-31')::text::ar.aging$$,
                'text of an amount with 300 decimals can be read back');
SELECT lives_ok($$SELECT ar.aging_agg(0::numeric(1000,999), '2025-01-01', '2025-03-31')::text::ar.aging$$,
                'text of a zero with 999 decimals can be read back');
SELECT lives_ok($$SELECT ar.aging_agg(a, '2025-01-01', '2025-03-31')::text::ar.aging
                  FROM (VALUES (1e145), (-1e-140), (0.5::numeric(1000,190))) AS v (a) GROUP BY a$$,
                'text of very large and very small amounts can be read back');
SELECT is('  { 0 , 30 } { 1.5 , -2 , 0 } { 1 , 1 , 0 } { 0 , 0 }  '::ar.aging::text, '{0,30}{1.5,-2,0}{1,1,0}{0.0,0.0}',
          'blanks in text do not matter');

-- mutations of valid text: refused with an error of class 22, or read as a value that can be written and read again
CREATE FUNCTION pg_temp.read_mutated(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    value ar.aging;
BEGIN
    value := input::ar.aging;
    IF value::text::ar.aging::text <> value::text OR value::text::ar.aging <> value THEN
        RETURN 'does not come back: ' || input;
    END IF;
    -- What can be read can be worked with.
    PERFORM value + value, ar.to_jsonb(value), ar.aging_hash(value), ar.overdue(value), ar.average_days_past_due(value);
    RETURN 'read';
EXCEPTION
    WHEN data_exception THEN
        RETURN CASE WHEN SQLERRM ~ 'ageing|ar\.aging' THEN 'refused' ELSE 'names no type: ' || SQLERRM END;
END;
$$;
CREATE FUNCTION pg_temp.mutate(input text, times integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    alphabet CONSTANT text := '0123456789{},.- eE+xN∞';
    at       integer;
    c        text;
BEGIN
    FOR i IN 1 .. times LOOP
        at := 1 + floor(random() * length(input))::integer;
        c := substr(alphabet, 1 + floor(random() * length(alphabet))::integer, 1);
        input := CASE floor(random() * 5)::integer
            WHEN 0 THEN overlay(input PLACING c FROM at FOR 1)
            WHEN 1 THEN overlay(input PLACING '' FROM at FOR 1)
            WHEN 2 THEN overlay(input PLACING c FROM at FOR 0)
            WHEN 3 THEN substr(input, 1, at - 1) || substr(input, at, 7) || substr(input, at)
            ELSE left(input, at) END;
    END LOOP;
    RETURN input;
END;
$$;
SELECT setseed(0.25);
CREATE TEMP TABLE mutated AS
SELECT m.input, pg_temp.read_mutated(m.input) AS outcome
FROM (SELECT pg_temp.mutate(s.aging::text, 1 + n % 3) AS input
      FROM (SELECT aging FROM stored LIMIT 400) AS s, generate_series(1, 12) AS n) AS m;
SELECT is_empty($$SELECT input, outcome FROM mutated WHERE outcome NOT IN ('read', 'refused')$$, 'mutated text is refused or can be read and written');
SELECT ok((SELECT count(*) > 100 FROM mutated WHERE outcome = 'read'), 'some mutations are valid');
SELECT ok((SELECT count(*) > 1000 FROM mutated WHERE outcome = 'refused'), 'most mutations are not');

-- addition and roll-up
CREATE TEMP TABLE item AS
SELECT n % 50 AS customer, n % 4 AS region,
       (floor(random() * 1e7 - 2e6)::bigint || 'e-' || (CASE WHEN n % 10 = 0 THEN floor(random() * 25)::integer ELSE 2 END))::numeric AS amount,
       date '2025-03-31' - floor(random() * 300 - 100)::integer AS due
FROM generate_series(1, 4000) AS n;
CREATE TEMP TABLE by_customer AS
SELECT customer, region, ar.aging_agg(amount, due, '2025-03-31') AS aging FROM item GROUP BY customer, region;
SELECT is_empty($$
    SELECT * FROM (SELECT s.region, s.aging::text AS rolled, d.aging::text AS direct
                   FROM (SELECT region, ar.aging_agg(aging) AS aging FROM by_customer GROUP BY region) AS s
                   JOIN (SELECT region, ar.aging_agg(amount, due, '2025-03-31') AS aging FROM item GROUP BY region) AS d USING (region)) AS x
    WHERE rolled <> direct$$, 'stored ageings roll up to what the items give');
SELECT is((SELECT ar.aging_agg(region)::text FROM (SELECT ar.aging_agg(aging) AS region FROM by_customer GROUP BY region) AS r),
          (SELECT ar.aging_agg(amount, due, '2025-03-31')::text FROM item), 'and again, to the whole');
SELECT is_empty($$
    SELECT * FROM (SELECT a.region AS a, b.region AS b, (a.aging + b.aging)::text AS added,
                          (SELECT ar.aging_agg(i.amount, i.due, '2025-03-31') FROM item AS i
                           WHERE i.region IN (a.region, b.region))::text AS direct
                   FROM (SELECT region, ar.aging_agg(aging) AS aging FROM by_customer GROUP BY region) AS a
                   JOIN (SELECT region, ar.aging_agg(aging) AS aging FROM by_customer GROUP BY region) AS b ON a.region < b.region) AS x
    WHERE added <> direct$$, 'two ageings added are the ageing of both');
SELECT is_empty($$SELECT 1 FROM by_customer AS a, by_customer AS b WHERE a.customer = 1 AND (a.aging + b.aging)::text <> (b.aging + a.aging)::text$$,
                'the order of addition does not matter');
SELECT is_empty($$
    SELECT * FROM (SELECT s.k, ar.amounts(ar.aging_agg(s.aging))::text AS rolled, u.amounts::text AS added
                   FROM stored AS s
                   JOIN (SELECT x.k, array_agg(x.amount ORDER BY x.n) AS amounts
                         FROM (SELECT s.k, a.n, sum(a.amount) AS amount
                               FROM stored AS s, unnest(ar.amounts(s.aging)) WITH ORDINALITY AS a (amount, n) GROUP BY s.k, a.n) AS x
                         GROUP BY x.k) AS u USING (k)
                   GROUP BY s.k, u.amounts) AS x
    WHERE rolled <> added$$, 'a roll-up adds bucket by bucket, whatever the bounds');
SELECT is((SELECT ar.aging_agg(a)::text FROM (VALUES (NULL::ar.aging), ('{0}{1.0,2}{1,1}{2,10}'), (NULL)) AS v (a)),
          '{0}{1.0,2}{1,1}{2.0,10.0}', 'a roll-up skips nulls');
SELECT is((SELECT ar.aging_agg(NULL::ar.aging)), NULL::ar.aging, 'a roll-up of nulls is null');
SELECT is((SELECT ar.aging_agg(aging) FROM aged WHERE false), NULL::ar.aging, 'a roll-up of nothing is null');
SELECT is(NULL::ar.aging + aging, NULL::ar.aging, 'null added to an ageing is null') FROM aged;
SELECT throws_ok($$SELECT ar.aging_agg(aging) FROM stored$$, '22023', 'cannot add ageings with different bounds', 'a roll-up of different bounds is refused');
SELECT throws_ok($$SELECT '{0}{1,1}{1,1}{1,1}'::ar.aging + '{1}{1,1}{1,1}{1,1}'::ar.aging$$, '22023',
                 'cannot add ageings with different bounds', 'adding ageings of different bounds is refused');

-- order, equality, hash
SELECT ok('{0}{1.0,2}{1,1}{2,10}'::ar.aging = '{0}{1.00,2.000}{1,1}{2,10}'::ar.aging, '1.0 equals 1.00');
SELECT is(ar.aging_hash('{0}{1.0,2}{1,1}{2,10}'), ar.aging_hash('{0}{1.00,2.0000000}{1,1}{2,10}'), 'equal ageings hash alike');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT a FROM (VALUES ('{0}{1.0,2}{1,1}{2,10}'::ar.aging), ('{0}{1.00,2}{1,1}{2,10}'),
                                                                ('{0}{1.00,2}{1,1}{2,11}'), ('{0}{1.00,2}{2,1}{2,10}'),
                                                                ('{1}{1.00,2}{1,1}{2,10}'), ('{0,1}{1.00,2,0}{1,1,0}{2,10}')) AS v (a)) AS d),
          5::bigint, 'DISTINCT tells apart items, days, bounds and their number, not decimals shown');
SELECT results_eq($$SELECT v.a::text AS written FROM (VALUES ('{0}{3,0}{1,0}{0,0}'::ar.aging), ('{0}{-4,0}{1,0}{0,0}'), ('{0}{10,0}{1,0}{0,0}'),
                                                ('{0}{1,1}{1,1}{1,5}'), ('{0}{0.5,0}{1,0}{0,0}')) AS v (a) ORDER BY v.a$$,
                  ARRAY['{0}{-4,0}{1,0}{0,0}', '{0}{0.5,0}{1,0}{0.0,0.0}', '{0}{1,1}{1,1}{1,5}', '{0}{3,0}{1,0}{0,0}', '{0}{10,0}{1,0}{0,0}'],
                  'ageings are ordered by total');
SELECT is_empty($$SELECT 1 FROM (SELECT ar.total(aging) AS total, lag(ar.total(aging)) OVER (ORDER BY aging) AS before FROM stored) AS x
                  WHERE x.before > x.total$$, 'random ageings are ordered by total');
SELECT is_empty($$
    SELECT a.aging, b.aging FROM (SELECT aging FROM stored LIMIT 150) AS a, (SELECT aging FROM stored LIMIT 150) AS b
    WHERE (a.aging < b.aging) <> (ar.aging_cmp(a.aging, b.aging) < 0) OR (a.aging <= b.aging) <> (ar.aging_cmp(a.aging, b.aging) <= 0)
       OR (a.aging > b.aging) <> (ar.aging_cmp(a.aging, b.aging) > 0) OR (a.aging >= b.aging) <> (ar.aging_cmp(a.aging, b.aging) >= 0)
       OR (a.aging = b.aging) <> (ar.aging_cmp(a.aging, b.aging) = 0) OR (a.aging <> b.aging) = (a.aging = b.aging)
       OR ar.aging_cmp(a.aging, b.aging) <> -ar.aging_cmp(b.aging, a.aging)
       OR ((a.aging = b.aging) AND ar.aging_hash(a.aging) <> ar.aging_hash(b.aging))$$,
    'operators, comparison and hash agree on every pair');
CREATE TEMP TABLE twice AS
SELECT aging, aging::text AS written FROM stored UNION ALL SELECT (aging::text)::ar.aging, 'copy' FROM stored;
SELECT is((SELECT count(DISTINCT aging) FROM twice), (SELECT count(DISTINCT aging) FROM stored), 'DISTINCT finds the copies');
SET LOCAL enable_hashagg = off;
CREATE TEMP TABLE sorted_groups AS SELECT aging, count(*) AS n FROM twice GROUP BY aging;
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;
SELECT is_empty($$SELECT g.aging FROM (SELECT aging, count(*) AS n FROM twice GROUP BY aging) AS g
                  FULL JOIN sorted_groups AS s ON s.aging = g.aging WHERE s.n IS DISTINCT FROM g.n$$,
                'grouping by hash and by sorting give the same groups');
RESET enable_sort;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
CREATE TEMP TABLE joined AS SELECT 'hash' AS way, count(*) AS n FROM stored AS a JOIN stored AS b ON a.aging = b.aging;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = on;
INSERT INTO joined SELECT 'merge', count(*) FROM stored AS a JOIN stored AS b ON a.aging = b.aging;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = on;
INSERT INTO joined SELECT 'loop', count(*) FROM stored AS a JOIN stored AS b ON a.aging = b.aging;
SELECT is((SELECT count(DISTINCT n) FROM joined), 1::bigint, 'hash join, merge join and nested loop find the same pairs');
RESET enable_hashjoin;
RESET enable_mergejoin;
CREATE INDEX ON twice (aging);
SET LOCAL enable_seqscan = off;
SELECT is_empty($$SELECT s.aging FROM stored AS s WHERE (SELECT count(*) FROM twice AS t WHERE t.aging = s.aging) < 2$$,
                'a btree index finds every ageing');
SET LOCAL enable_seqscan = on;

-- casts
SELECT is(aging::jsonb, '{"total": 20000.00, "overdue": 16000.00, "item_count": 3, "average_days_past_due": 31.50,
    "buckets": [{"bucket": 1, "label": "not due", "from_days": null, "to_days": 0, "item_count": 1, "amount": 4000.00},
                {"bucket": 2, "label": "1-30", "from_days": 1, "to_days": 30, "item_count": 1, "amount": 6000.00},
                {"bucket": 3, "label": "31-60", "from_days": 31, "to_days": 60, "item_count": 1, "amount": 10000.00},
                {"bucket": 4, "label": "61-90", "from_days": 61, "to_days": 90, "item_count": 0, "amount": 0},
                {"bucket": 5, "label": "over 90", "from_days": 91, "to_days": null, "item_count": 0, "amount": 0}]}'::jsonb,
          'cast to jsonb') FROM aged;
SELECT is(aging::numeric[], '{4000.00,6000.00,10000.00,0,0}'::numeric[], 'cast to numeric[]') FROM aged;

-- stored in a table, also out of line
CREATE TEMP TABLE kept (n integer, aging ar.aging);
INSERT INTO kept SELECT row_number() OVER (), aging FROM stored;
SELECT is_empty($$SELECT aging FROM kept EXCEPT SELECT aging FROM stored$$, 'ageings are stored as they are');
SELECT is_empty($$SELECT aging FROM stored WHERE (ROW(aging, aging)::text) IS NULL OR (ARRAY[aging])[1] <> aging$$, 'ageings in rows and arrays');

SELECT * FROM finish();
ROLLBACK;
