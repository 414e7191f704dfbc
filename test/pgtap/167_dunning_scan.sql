-- What the daily run of dunning is quick by: values by key, and balances by the index of what is open; against plain SQL.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS ar;
SELECT no_plan();
SELECT ar.create_ledger() = ar.version() AS made \gset

-- Values by key
CREATE TEMPORARY TABLE few (k bigint, v integer);
INSERT INTO few VALUES (3, -7), (9223372036854775807, 2147483647), (NULL, 1), (-9223372036854775808, 5), (4, NULL), (-1, -128), (0, 127);
SELECT results_eq('SELECT f.k, ar.lookup((SELECT ar.lookup_table(k, v) FROM few), f.k) FROM few AS f ORDER BY f.k',
                  'VALUES (-9223372036854775808, 5), (-1, -128), (0, 127), (3::bigint, -7), (4, NULL), (9223372036854775807, 2147483647), (NULL, NULL)', 'keys and values from end to end');
SELECT is(ar.lookup((SELECT ar.lookup_table(k, v) FROM few), k), NULL, 'no value for a key that is not there') FROM unnest('{-2,1,2,5,63,64,9223372036854775806}'::bigint[]) AS k;
SELECT is(ar.lookup_table(k, v), NULL::bytea, 'no pairs: no table') FROM (SELECT 1::bigint, 1 LIMIT 0) AS p (k, v);
SELECT is(ar.lookup_table(k, v), NULL::bytea, 'nothing but nulls: no table') FROM (SELECT NULL::bigint, 1) AS p (k, v);
SELECT throws_ok('SELECT ar.lookup_table(k, 1) FROM unnest(''{7,8,7}''::bigint[]) AS k', '21000', 'key 7 has more than one value', 'a key with two values');
SELECT throws_ok('SELECT ar.lookup_table(n % 30000 - 65, 1) FROM generate_series(1, 30001) AS n', '21000', 'key -64 has more than one value', 'nor far apart');
SELECT is(ar.lookup(NULL, 1), NULL::integer, 'no table: no value');
SELECT throws_ok(format('SELECT ar.lookup(%L::bytea, 1)', t), '22023', NULL, format('no table: %s', t)) FROM unnest('{"","\\x00","\\x0100000001000000"}'::text[]) AS t;
SELECT throws_ok($$SELECT ar.lookup(substr(t, 1, length(t) - 1), 1) FROM (SELECT ar.lookup_table(k, v) AS t FROM few) AS t$$, '22023', 'not a lookup table', 'a table cut short');
SELECT throws_ok($$SELECT ar.lookup(set_byte(t, i, 255), k) FROM (SELECT ar.lookup_table(k, v) AS t FROM few WHERE k < 0) AS t, generate_series(28, 31) AS i, few$$, '22023', NULL, 'values beyond the end are not read');
-- A table with any of its bytes changed is refused, or gives some value.
SELECT lives_ok($lives$
    DO $do$
    DECLARE
        tab bytea := (SELECT ar.lookup_table(k, v) FROM few);
        i   integer;
        b   integer;
    BEGIN
        FOR i IN 0 .. length(tab) - 1 LOOP
            FOREACH b IN ARRAY '{0,1,127,128,255}'::integer[] LOOP
                BEGIN
                    PERFORM ar.lookup(set_byte(tab, i, b), k) FROM few;
                EXCEPTION WHEN invalid_parameter_value THEN NULL;
                END;
            END LOOP;
        END LOOP;
    END;
    $do$$lives$, 'changed tables');
-- Whether a day is by the date that a key has: against subscripts, in arrays of every kind
SELECT is_empty($$
    SELECT d.dates, k.k, e.day
    FROM unnest('{"{2026-01-01,2026-02-01,infinity}","{2026-01-01,NULL,2026-03-01}","[0:2]={2026-01-01,2026-02-01,2026-03-01}","{}","{{2026-01-01,2026-02-01}}"}'::text[]) AS t
    CROSS JOIN LATERAL (SELECT t::date[] AS dates) AS d
    CROSS JOIN generate_series(-2, 7) AS k (k) CROSS JOIN unnest('{2025-12-31,2026-01-01,2026-01-02,2026-03-01,infinity}'::date[]) AS e (day)
    CROSS JOIN (SELECT ar.lookup_table(k, k - 1) AS places FROM generate_series(1, 5) AS k UNION ALL SELECT NULL) AS p
    WHERE ar.lookup_is_by(p.places, k.k, d.dates, e.day) IS DISTINCT FROM e.day <= d.dates[coalesce(ar.lookup(p.places, k.k), 1)]$$, 'days by the date of a key');
SELECT is(ar.lookup_is_by(NULL, k, d, e), NULL, 'of nothing')
FROM (VALUES (NULL::bigint, '{2026-01-01}'::date[], '2025-01-01'::date), (1, NULL, '2025-01-01'), (1, '{2026-01-01}', NULL)) AS x (k, d, e);
SELECT throws_ok('SELECT ar.lookup_is_by(''\x00'', 1, ''{2026-01-01}'', ''2026-01-01'')', '22023', NULL, 'by no table');
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

-- By parallel workers, and with room for many: pairs in no order, more than are collected at once
CREATE TABLE public.many AS
SELECT n * 3 + (n % 5) * 1000000000000 - 70000 AS k, (hashint8(n) % CASE WHEN n < 20000 THEN 100 WHEN n < 50000 THEN 30000 ELSE 2000000 END)::integer AS v, hashint8(n) % 100 AS customer, n
FROM generate_series(1, 100000) AS n ORDER BY hashint8(n) % 50, n;
ANALYZE public.many;
CREATE FUNCTION pg_temp.plan_of(command text) RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE ''EXPLAIN (COSTS OFF) '' || command; END;';
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 3;
-- What pgTAP calls is not for parallel workers: by tables, then.
SELECT ok(string_agg(p, '') ~ 'Partial Aggregate', 'a lookup table is made by parallel workers') FROM pg_temp.plan_of('CREATE TABLE public.made AS SELECT ar.lookup_table(k, v) FROM public.many') AS p;
CREATE TABLE public.made AS SELECT ar.lookup_table(k, v) AS whole, ar.lookup_table(k, v) FILTER (WHERE n % 2 = 0) AS half FROM public.many;
SELECT is_empty('SELECT m.* FROM public.many AS m WHERE ar.lookup((SELECT whole || '''' FROM public.made), m.k) IS DISTINCT FROM m.v', 'each with its value');
SELECT is_empty('SELECT m.* FROM public.many AS m WHERE ar.lookup((SELECT half || '''' FROM public.made), m.k) IS DISTINCT FROM CASE WHEN n % 2 = 0 THEN m.v END', 'half of them');
SELECT is((SELECT whole FROM public.made), ar.lookup_table(k, v), 'the same as without workers') FROM public.many;
SELECT throws_ok('CREATE TABLE public.twice AS SELECT ar.lookup_table(k, v) FROM (SELECT k, v FROM public.many UNION ALL SELECT k, v FROM public.many) AS m', '21000', NULL, 'a key with two values among workers');

-- Items picked, with what their accounts come to: sums as those of PostgreSQL, to the scale
CREATE TABLE public.entry AS
SELECT n::bigint AS item, (customer - 50)::bigint AS account, CASE
           WHEN customer % 25 = 3 AND n % 7 = 0 THEN v::numeric * 1000000007 * 1000000007 * 1000000007
           WHEN customer % 25 = 4 THEN v::numeric / 1000000
           WHEN customer % 25 = 5 THEN 922337203685::numeric * 1000 * sign(v::numeric)
           WHEN customer % 25 = 6 THEN 922337203685.4775 * sign(v::numeric) ELSE v::numeric / 100 END AS amount
FROM public.many;
INSERT INTO public.entry VALUES (-1, 100, 'NaN'), (-2, 100, 1), (-3, 101, 'Infinity'), (-4, 101, 1), (-5, 102, 'Infinity'), (-6, 102, '-Infinity'), (-7, 103, 0), (-8, 103, 0.000),
    (-9, NULL, 1), (-10, 104, NULL), (-11, 9223372036854775807, 1.5), (-12, -9223372036854775808, 1e-200), (-13, 105, 1e200), (-14, 105, -1e200);
INSERT INTO public.entry SELECT 200000 + n, 106, 999999999999.9999 FROM generate_series(1, 2000) AS n;
ANALYZE public.entry;
CREATE TABLE public.picked AS SELECT 'workers' AS made_by, ar.pick_items(account, amount, CASE WHEN item % 100 < 3 THEN item END) AS p FROM public.entry;
SELECT ok(string_agg(p, '') ~ 'Partial Aggregate', 'items are picked by parallel workers') FROM pg_temp.plan_of('CREATE TABLE public.x AS SELECT ar.pick_items(account, amount, item) FROM public.entry') AS p;
SET LOCAL max_parallel_workers_per_gather = 0;
INSERT INTO public.picked SELECT 'one', ar.pick_items(account, amount, CASE WHEN item % 100 < 3 THEN item END) AS p FROM public.entry;
CREATE VIEW pg_temp.picked_plainly AS
SELECT e.account, sum(e.amount)::text AS balance, (sum(e.amount) FILTER (WHERE e.item % 100 < 3))::text AS picked_amount
FROM public.entry AS e WHERE e.account IS NOT NULL AND e.amount IS NOT NULL
GROUP BY e.account HAVING count(*) FILTER (WHERE e.item % 100 < 3) > 0;
SELECT results_eq(format('SELECT e.account, e.balance::text, e.picked_amount::text
                          FROM public.picked AS x, unnest((x.p).account_ids, (x.p).balances, (x.p).picked_amounts) AS e (account, balance, picked_amount)
                          WHERE x.made_by = %L', m), 'SELECT * FROM pg_temp.picked_plainly ORDER BY account', format('sums of accounts by %s', m)) FROM unnest('{workers,one}'::text[]) AS m;
SELECT is((x.p).item_ids, (SELECT array_agg(item ORDER BY item) FROM public.entry WHERE item % 100 < 3 AND account IS NOT NULL AND amount IS NOT NULL),
          format('items in their order by %s', x.made_by)) FROM public.picked AS x;
SELECT is((x.p).item_account_ids, (SELECT array_agg(account ORDER BY item) FROM public.entry WHERE item % 100 < 3 AND account IS NOT NULL AND amount IS NOT NULL),
          format('each with its account by %s', x.made_by)) FROM public.picked AS x;
SELECT is(ar.pick_items(account, amount, NULL), NULL::ar.picked_items, 'nothing picked') FROM public.entry;
SELECT is(ar.pick_items(account, amount, item), NULL::ar.picked_items, 'of nothing') FROM public.entry WHERE false;
SELECT is(ar.pick_items(account, amount, item), NULL::ar.picked_items, 'nor without account or amount') FROM public.entry WHERE account IS NULL OR amount IS NULL;
RESET max_parallel_workers_per_gather; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

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

-- Which items of that book come to a level, under several policies, at any level they may have and after promises in vain
UPDATE receivables.company SET dunning_policy = NULL WHERE company_id = pg_temp.random_company();
SELECT ar.add_standard_dunning_policy(pg_temp.random_company()) AS made \gset
INSERT INTO receivables.dunning_policy (company_id, dunning_policy, name) SELECT pg_temp.random_company(), p, p FROM unnest('{slow,later}'::text[]) AS p;
INSERT INTO receivables.dunning_policy_version (company_id, dunning_policy, version, may_skip_steps, minimum_amount, valid_from)
VALUES (pg_temp.random_company(), 'slow', 1, false, 50, '2020-01-01'), (pg_temp.random_company(), 'later', 1, true, 0, '2025-05-01');
INSERT INTO receivables.dunning_step (company_id, dunning_policy, version, level, offset_days, name)
VALUES (pg_temp.random_company(), 'slow', 1, 2, -20, 'First'), (pg_temp.random_company(), 'slow', 1, 3, 40, 'Second'), (pg_temp.random_company(), 'slow', 1, 9, 70, 'Last'),
       (pg_temp.random_company(), 'later', 1, 4, 10, 'Only');
UPDATE receivables.customer AS c SET dunning_policy = x.policy
FROM (SELECT c.customer_id, ('{standard,slow,later,NULL}'::text[])[1 + row_number() OVER (ORDER BY c.customer_id) % 4] AS policy
      FROM receivables.customer AS c WHERE c.company_id = pg_temp.random_company()) AS x
WHERE c.company_id = pg_temp.random_company() AND c.customer_id = x.customer_id;
INSERT INTO receivables.item_dunning (company_id, item_id, level, level_since, level_shift)
SELECT i.company_id, i.item_id, abs(hashint8(i.item_id)) % 11, date '2025-01-01' + abs(hashint8(7 * i.item_id)) % 200, CASE abs(hashint8(3 * i.item_id)) % 5 WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 0 END
FROM receivables.item AS i WHERE i.company_id = pg_temp.random_company() AND hashint8(5 * i.item_id) % 3 <> 0;
-- By the step that each comes to, without what looks for them.
CREATE FUNCTION pg_temp.plainly_to_dun(day date) RETURNS TABLE (item_id bigint, customer_id bigint, open_company_amount numeric) LANGUAGE sql AS $$
    SELECT o.item_id, o.customer_id, o.open_company_amount
    FROM ar.open_items(day, NULL) AS o
    JOIN receivables.customer AS c ON c.company_id = o.company_id AND c.customer_id = o.customer_id
    JOIN receivables.dunning_policy_version AS v ON v.company_id = c.company_id AND v.dunning_policy = c.dunning_policy AND v.valid_from <= day
    LEFT JOIN receivables.item_dunning AS d ON d.company_id = o.company_id AND d.item_id = o.item_id
    WHERE o.company_id = pg_temp.random_company() AND o.is_debit AND (coalesce(d.level_since < day, true) OR d.level_shift > 0)
      AND EXISTS (SELECT FROM receivables.dunning_step AS s
                  WHERE s.company_id = v.company_id AND s.dunning_policy = v.dunning_policy AND s.version = v.version AND s.level > coalesce(d.level, 0)
                    AND (day - o.due_on >= s.offset_days OR d.level_shift > 0))
$$;
CREATE TABLE public.to_dun (made_by text, day date, picked ar.rising_items);
CREATE FUNCTION pg_temp.pick(made_by text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    d date;
BEGIN
    FOR d IN SELECT generate_series(date '2024-12-20', '2025-08-31', interval '6 days') LOOP
        INSERT INTO public.to_dun SELECT made_by, d, p FROM ar.items_to_dun(pg_temp.random_company(), d) AS p;
    END LOOP;
END;
$$;
SELECT pg_temp.pick('one') \gset
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 3;
SELECT pg_temp.pick('workers') \gset
RESET max_parallel_workers_per_gather; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SELECT is_empty($$
    SELECT t.made_by, t.day, (t.picked).item_ids, x.item_ids FROM public.to_dun AS t
    CROSS JOIN LATERAL (SELECT array_agg(p.item_id ORDER BY p.item_id) AS item_ids FROM pg_temp.plainly_to_dun(t.day) AS p) AS x
    WHERE (t.picked).item_ids IS DISTINCT FROM x.item_ids$$, 'the items that come to a level, by one process and by several');
SELECT is_empty($$
    SELECT t.made_by, t.day FROM public.to_dun AS t
    WHERE ARRAY(SELECT e::text FROM unnest((t.picked).customer_ids, (t.picked).balances, (t.picked).picked_amounts) AS e)
       <> ARRAY(SELECT (x.customer_id, b.balance, x.amount)::text
                FROM (SELECT p.customer_id, sum(p.open_company_amount) AS amount FROM pg_temp.plainly_to_dun(t.day) AS p GROUP BY p.customer_id) AS x
                JOIN (SELECT o.customer_id, sum(o.open_company_amount) AS balance FROM ar.open_items(t.day, NULL) AS o
                      WHERE o.company_id = pg_temp.random_company() GROUP BY o.customer_id) AS b ON b.customer_id = x.customer_id
                ORDER BY x.customer_id)$$, 'and what their customers owe, in all and of these');
SELECT is_empty($$
    SELECT t.made_by, t.day, e.* FROM public.to_dun AS t
    CROSS JOIN LATERAL unnest((t.picked).item_ids, (t.picked).item_customer_ids, (t.picked).policy_numbers, (t.picked).levels) AS e (item_id, customer_id, policy_number, level)
    LEFT JOIN receivables.item AS i ON i.company_id = pg_temp.random_company() AND i.item_id = e.item_id
    LEFT JOIN receivables.customer AS c ON c.company_id = i.company_id AND c.customer_id = i.customer_id
    LEFT JOIN receivables.item_dunning AS d ON d.company_id = i.company_id AND d.item_id = i.item_id
    WHERE (e.customer_id, (t.picked).dunning_policies[e.policy_number], e.level) IS DISTINCT FROM (i.customer_id, c.dunning_policy, coalesce(d.level, 0)::integer)$$,
    'each with its customer, the policy of that and its level');
SELECT results_eq('SELECT c.dunning_policy, count(DISTINCT item) > 5 FROM public.to_dun AS t, unnest((t.picked).item_ids) AS item JOIN receivables.item AS i ON i.item_id = item
                   JOIN receivables.customer AS c ON c.customer_id = i.customer_id GROUP BY c.dunning_policy ORDER BY 1', $$VALUES ('later', true), ('slow', true), ('standard', true)$$, 'under each policy some');
SELECT is((SELECT count(*) > 0 FROM public.to_dun AS t, unnest((t.picked).item_ids) AS item JOIN receivables.item_dunning AS d ON d.item_id = item AND d.level_shift > 0
           WHERE d.level_since >= t.day), true, 'some again on the day, for a promise in vain');
-- What is due of them: the balance is that of the day, whoever adds it up, and also where the items come to something else than when they were picked.
SELECT is_empty(format($$
    SELECT t.day, d.customer_id FROM public.to_dun AS t
    CROSS JOIN LATERAL ar.dunning_due(pg_temp.random_company(), t.day, ROW((t.picked).customer_ids, ARRAY(SELECT b + %1$s FROM unnest((t.picked).balances) AS b),
        ARRAY(SELECT a + %1$s FROM unnest((t.picked).picked_amounts) AS a), (t.picked).dunning_policies, (t.picked).item_ids, (t.picked).item_customer_ids,
        (t.picked).policy_numbers, (t.picked).levels)::ar.rising_items) AS d
    CROSS JOIN LATERAL (SELECT sum(o.open_company_amount) AS balance FROM ar.open_items(t.day, NULL) AS o
                        WHERE o.company_id = pg_temp.random_company() AND o.customer_id = d.customer_id) AS b
    WHERE t.made_by = 'one' AND d.customer_balance IS DISTINCT FROM b.balance$$, n), format('balances, items %s less since', n)) FROM unnest('{0,7}'::integer[]) AS n;

SELECT * FROM finish();
ROLLBACK;
