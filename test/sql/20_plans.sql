-- Parallel and partition-wise plans of the aggregate give what a serial one gives.
\pset tuples_only on
\pset format unaligned
-- Lines of a plan that name nodes; what stands between differs by version.
CREATE FUNCTION public.plan_of(command text, wanted text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || command LOOP
        IF line ~ wanted THEN
            RETURN NEXT btrim(regexp_replace(line, '^\s*->', ''));
        END IF;
    END LOOP;
END;
$$;

CREATE TABLE public.open_item (customer integer, amount numeric, due_date date);
INSERT INTO public.open_item
SELECT n % 50, ((hashint4(n) % 1000000)::bigint || CASE n % 7 WHEN 0 THEN 'e-4' WHEN 1 THEN 'e25' ELSE 'e-2' END)::numeric,
       date '2025-03-31' - (hashint4(n + 1) % 150)
FROM generate_series(1, 20000) AS n;
ANALYZE public.open_item;
-- The answers of sum(), for all and by customer.
CREATE TABLE public.expected AS
SELECT customer,
       ARRAY[coalesce(sum(amount) FILTER (WHERE due_date >= '2025-03-31'), 0),
             coalesce(sum(amount) FILTER (WHERE date '2025-03-31' - due_date BETWEEN 1 AND 30), 0),
             coalesce(sum(amount) FILTER (WHERE date '2025-03-31' - due_date BETWEEN 31 AND 60), 0),
             coalesce(sum(amount) FILTER (WHERE date '2025-03-31' - due_date BETWEEN 61 AND 90), 0),
             coalesce(sum(amount) FILTER (WHERE date '2025-03-31' - due_date > 90), 0)]::text AS amounts,
       count(*) AS items
FROM public.open_item GROUP BY ROLLUP (customer);
SET max_parallel_workers_per_gather = 0;
CREATE TABLE public.serial AS
SELECT customer, ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.open_item GROUP BY ROLLUP (customer);
SELECT count(*) AS compared, count(*) FILTER (WHERE ar.amounts(s.aging)::text <> e.amounts OR ar.item_count(s.aging) <> e.items) AS differ
FROM public.serial AS s JOIN public.expected AS e ON e.customer IS NOT DISTINCT FROM s.customer;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
-- all items
SELECT public.plan_of('SELECT ar.aging_agg(amount, due_date, ''2025-03-31'') FROM public.open_item', 'Aggregate|Gather|Parallel');
SELECT p.aging::text = s.aging::text
FROM (SELECT ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.open_item) AS p, public.serial AS s WHERE s.customer IS NULL;
-- bounds of one's own
SELECT public.plan_of('SELECT ar.aging_agg(amount, due_date, ''2025-03-31'', ''{0,30,60,90}'') FROM public.open_item', 'Aggregate|Gather|Parallel');
SELECT p.aging::text = s.aging::text
FROM (SELECT ar.aging_agg(amount, due_date, '2025-03-31', '{0,30,60,90}') AS aging FROM public.open_item) AS p, public.serial AS s WHERE s.customer IS NULL;
-- with FILTER: one worker may see no item
SELECT public.plan_of('SELECT ar.aging_agg(amount, due_date, ''2025-03-31'') FILTER (WHERE customer = 7) FROM public.open_item', 'Aggregate|Gather|Parallel');
SELECT p.aging::text = s.aging::text
FROM (SELECT ar.aging_agg(amount, due_date, '2025-03-31') FILTER (WHERE customer = 7) AS aging FROM public.open_item) AS p, public.serial AS s WHERE s.customer = 7;
SELECT coalesce(ar.aging_agg(amount, due_date, '2025-03-31')::text, 'null') FROM public.open_item WHERE customer < 0;
-- by customer, hashed
SET enable_sort = off;
SELECT public.plan_of('SELECT customer, ar.aging_agg(amount, due_date, ''2025-03-31'') FROM public.open_item GROUP BY customer', 'Aggregate|Gather|Parallel');
SELECT count(*) AS compared, count(*) FILTER (WHERE p.aging::text <> s.aging::text) AS differ
FROM (SELECT customer, ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.open_item GROUP BY customer) AS p
JOIN public.serial AS s USING (customer);
RESET enable_sort;
-- by customer, sorted
SET enable_hashagg = off;
SELECT public.plan_of('SELECT customer, ar.aging_agg(amount, due_date, ''2025-03-31'') FROM public.open_item GROUP BY customer', 'Aggregate|Gather|Parallel');
SELECT count(*) AS compared, count(*) FILTER (WHERE p.aging::text <> s.aging::text) AS differ
FROM (SELECT customer, ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.open_item GROUP BY customer) AS p
JOIN public.serial AS s USING (customer);
RESET enable_hashagg;
-- the roll-up of stored ageings
CREATE TABLE public.stored AS SELECT n AS copy, s.customer, s.aging FROM public.serial AS s, generate_series(1, 40) AS n WHERE s.customer IS NOT NULL;
ANALYZE public.stored;
SELECT public.plan_of('SELECT ar.aging_agg(aging) FROM public.stored', 'Aggregate|Gather|Parallel');
SELECT (SELECT ar.aging_agg(aging)::text FROM public.stored) = (SELECT ar.aging_agg(s.aging)::text FROM public.serial AS s, generate_series(1, 40) WHERE s.customer IS NULL);
-- an error in a worker is an error
INSERT INTO public.open_item VALUES (7, 'NaN', '2025-03-31');
\set VERBOSITY sqlstate
SELECT ar.aging_agg(amount, due_date, '2025-03-31') FROM public.open_item;
\set VERBOSITY default
DELETE FROM public.open_item WHERE amount = 'NaN';
RESET max_parallel_workers_per_gather;

-- partition by partition
CREATE TABLE public.by_region (region integer, customer integer, amount numeric, due_date date) PARTITION BY LIST (region);
CREATE TABLE public.region_0 PARTITION OF public.by_region FOR VALUES IN (0);
CREATE TABLE public.region_1 PARTITION OF public.by_region FOR VALUES IN (1);
CREATE TABLE public.region_2 PARTITION OF public.by_region FOR VALUES IN (2);
INSERT INTO public.by_region SELECT customer % 3, customer, amount, due_date FROM public.open_item;
ANALYZE public.by_region;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
-- each region by itself; how versions group differs
SELECT regexp_replace(public.plan_of('SELECT region, ar.aging_agg(amount, due_date, ''2025-03-31'') FROM public.by_region GROUP BY region', 'Aggregate|Append|Scan'), '(Hash|Group)Agg', 'Agg');
-- in part, then together
SELECT regexp_replace(public.plan_of('SELECT customer, ar.aging_agg(amount, due_date, ''2025-03-31'') FROM public.by_region GROUP BY customer', 'Aggregate|Append|Scan'), '(Hash|Group)Agg', 'Agg');
SELECT count(*) AS compared, count(*) FILTER (WHERE p.aging::text <> s.aging::text) AS differ
FROM (SELECT customer, ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.by_region GROUP BY customer) AS p
JOIN public.serial AS s USING (customer);
SELECT p.aging::text = s.aging::text
FROM (SELECT ar.aging_agg(r.aging) AS aging
      FROM (SELECT region, ar.aging_agg(amount, due_date, '2025-03-31') AS aging FROM public.by_region GROUP BY region) AS r) AS p,
     public.serial AS s WHERE s.customer IS NULL;
RESET enable_partitionwise_aggregate;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- every function but those that write is safe in a worker
SELECT p.oid::regprocedure FROM pg_proc AS p
WHERE p.pronamespace = 'ar'::regnamespace AND p.proname ~ '^(aging|amount|count|bound|total|overdue|average|bucket|dso|best|as_of|known_at|parse|open_items|applied|to_jsonb|item_count)'
  AND p.proparallel <> 's';

-- ar.known_at() is a constant of the plan: null where it is not set, so that what tests it is gone
CREATE TABLE public.entry AS SELECT n AS entry, timestamptz '2025-01-01 00:00Z' + n * interval '1 minute' AS recorded_at FROM generate_series(1, 20000) AS n;
CREATE INDEX ON public.entry (entry);
ANALYZE public.entry;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET plan_cache_mode = force_generic_plan;
PREPARE known AS SELECT count(*) FROM public.entry WHERE (ar.known_at() IS NULL OR recorded_at <= ar.known_at()) AND (entry < 100 OR (ar.known_at() IS NOT NULL AND entry % 2 = 0));
CREATE FUNCTION public.known() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM public.entry WHERE recorded_at <= ar.known_at() OR ar.known_at() IS NULL);
END;
$$;
SELECT public.plan_of('EXECUTE known', 'Scan|Cond|Filter');
EXECUTE known;
SELECT public.known();
SET ar.known_at = '2025-01-01 08:20Z';
SELECT public.plan_of('EXECUTE known', 'Scan|Cond|Filter');
EXECUTE known;
SELECT public.known();
SET ar.known_at = '2025-01-01 10:20+02';
SELECT public.plan_of('EXECUTE known', 'Filter');
RESET ar.known_at;
SELECT public.plan_of('EXECUTE known', 'Scan|Cond|Filter');
EXECUTE known;
SELECT public.known();
-- as long as a transaction lasts
BEGIN;
SET LOCAL ar.known_at = '2025-01-01 00:10Z';
EXECUTE known;
SELECT public.known();
COMMIT;
EXECUTE known;
SELECT public.known();
BEGIN;
SET ar.known_at = '2025-01-01 00:10Z';
EXECUTE known;
SELECT public.known();
ROLLBACK;
EXECUTE known;
SELECT public.known();
-- from statement to statement of one message
SET ar.known_at = '2025-01-01 00:20Z' \; SELECT public.known() \; RESET ar.known_at \; SELECT public.known();
-- in the workers of a parallel plan
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET ar.known_at = '2025-01-01 08:20Z';
SELECT public.plan_of('SELECT count(*) FROM public.entry WHERE recorded_at <= ar.known_at()', 'Gather|Parallel|Filter');
SELECT count(*) FROM public.entry WHERE recorded_at <= ar.known_at();
-- where a function asks, each worker does
CREATE FUNCTION public.is_known(value timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN value <= ar.known_at();
END;
$$;
SELECT public.plan_of('SELECT count(*) FROM public.entry WHERE public.is_known(recorded_at)', 'Gather|Parallel|Filter');
SELECT count(*) FROM public.entry WHERE public.is_known(recorded_at);
-- what is no moment
\set VERBOSITY sqlstate
SET ar.known_at = '2025-01-01 08:20';
SELECT count(*) FROM public.entry WHERE public.is_known(recorded_at);
EXECUTE known;
\set VERBOSITY default
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET ALL;
SELECT public.known();
SET ar.known_at = '2025-01-01 00:10Z';
SELECT public.known();
DISCARD ALL;
SELECT public.known();
-- where a role or database has it, from the first query on
SELECT format('ALTER DATABASE %I SET ar.known_at = %L', current_database(), '2025-01-01 00:30Z') \gexec
\connect
SELECT public.known();
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM public.entry WHERE public.is_known(recorded_at);
SET ar.known_at = '';
SELECT public.known();
SELECT format('ALTER DATABASE %I RESET ar.known_at', current_database()) \gexec
\connect
SELECT public.known();
