-- What the daily run of dunning is quick by: values by key, and balances by the index of what is open; against plain SQL.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- Values by key
SELECT is(ar.lookup_table(k, v), '{-9223372036854775808,5,3,-7,9223372036854775807,2147483647}'::bigint[], 'pairs in the order of their keys, without nulls')
FROM (VALUES (3::bigint, -7), (9223372036854775807, 2147483647), (NULL, 1), (-9223372036854775808, 5), (4, NULL)) AS p (k, v);
SELECT is(ar.lookup_table(k, v), NULL::bigint[], 'no pairs: no table') FROM (SELECT 1::bigint, 1 LIMIT 0) AS p (k, v);
SELECT is(ar.lookup_table(k, v), NULL::bigint[], 'nothing but nulls: no table') FROM (SELECT NULL::bigint, 1) AS p (k, v);
SELECT is(ar.lookup(NULL, 1), NULL::integer, 'no table: no value');
SELECT is(ar.lookup('{}', 1), NULL::integer, 'an empty table: no value');
SELECT is(ar.lookup('{1,5,9}', 9), NULL::integer, 'a key without a value is none');
SELECT throws_ok('SELECT ar.lookup(''{{1,2},{3,4}}'', 1)', '22023', NULL, 'two dimensions are refused');
SELECT throws_ok('SELECT ar.lookup(''{1,NULL}'', 1)', '22023', NULL, 'nulls are refused');
SELECT setseed(0.5) \gset
CREATE TEMPORARY TABLE pair AS
SELECT DISTINCT ON (k) k, n AS v FROM (SELECT n, (random() * 20000)::bigint * CASE WHEN n % 7 = 0 THEN 1048576 ELSE 1 END AS k FROM generate_series(1, 5000) AS n) AS x
ORDER BY k, n;
CREATE TEMPORARY TABLE asked AS SELECT k, random() AS place FROM (SELECT k FROM pair UNION SELECT generate_series(-100, 21000)) AS x;
CREATE FUNCTION pg_temp.differ(ordering text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT a.k, ar.lookup((SELECT ar.lookup_table(k, v ORDER BY random()) FROM pair), a.k) AS v FROM (SELECT k FROM asked ORDER BY %s) AS a) AS a
                    LEFT JOIN pair AS p USING (k) WHERE a.v IS DISTINCT FROM p.v', ordering) INTO n;
    RETURN n;
END;
$$;
SELECT is(pg_temp.differ(o), 0::bigint, format('each key has its value, asked for by %s', o)) FROM unnest('{k,k DESC,place,abs(k - 9000)}'::text[]) AS o;

-- Balances, for each day of a random book; customers in no order, one unknown
\ir random_book.psql
SELECT is_empty($$
    SELECT d.day, w.customer_id, w.balance, o.balance
    FROM generate_series(date '2024-12-20', date '2025-08-31', interval '4 days') AS d (day)
    CROSS JOIN LATERAL ar.open_balances(pg_temp.random_company(),
        (SELECT array_agg(c.customer_id ORDER BY c.customer_number DESC) || -1::bigint FROM receivables.customer AS c WHERE c.company_id = pg_temp.random_company()),
        d.day::date) AS w
    LEFT JOIN LATERAL (SELECT sum(o.open_company_amount) AS balance FROM ar.open_items(d.day::date, NULL) AS o
                       WHERE o.company_id = pg_temp.random_company() AND o.customer_id = w.customer_id) AS o ON true
    WHERE w.balance IS DISTINCT FROM o.balance$$, 'balances are the sums of what is open');
SELECT is((SELECT count(*) FROM ar.open_balances(pg_temp.random_company(), (SELECT array_agg(c.customer_id) FROM receivables.customer AS c
                                                                            WHERE c.company_id = pg_temp.random_company()), '2025-03-31') AS b
           WHERE b.balance IS NOT NULL), 4::bigint, 'all had something open');
SELECT is((SELECT count(*) FROM receivables.item AS i WHERE i.company_id = pg_temp.random_company() AND i.closed_on > '2025-03-01' AND i.closed_on < 'infinity'
           AND i.effective_on <= '2025-03-01') > 0, true, 'some of it was closed since');
SELECT is_empty('SELECT * FROM ar.open_balances(pg_temp.random_company(), NULL, ''2025-03-31'')', 'of nobody');

SELECT * FROM finish();
ROLLBACK;
